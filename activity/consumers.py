"""The websocket of a tab. docs/adr/0003-text-over-pubsub.md describes what is said on it."""

import asyncio
import json
from typing import Any
from uuid import UUID

import structlog
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.utils import timezone, translation
from redis.exceptions import RedisError

from accounts.time_zone import zone_of
from activity import events
from activity.live import limits
from activity.live.conversations import (
    Changes,
    all_conversations,
    conversation_of_kind,
)
from activity.live.hub import hub
from activity.live.language import language_of
from activity.live.outbox import Outbox
from activity.live.recovery import snapshot_from_chunks
from activity.live.sessions import is_signed_in
from activity.live.shown import Shown
from activity.live.stream import FollowedText
from activity.streaming import frames, store

log = structlog.get_logger(__name__)

# Of the range for applications: Daphne takes no other.
SIGNED_OUT, TOO_LARGE, TOO_MANY = 4401, 4413, 4429
MAX_FRAME = 64 * 1024
SLACK = 5_000  # ms that a page's word may take to get here


class LiveConsumer(AsyncWebsocketConsumer):
    """Forwards text as it comes, and for all else reads the state anew when it is told that it
    changed: a wake-up that is lost, doubled or late does no harm.

    `_work` is the only task that reads state, so what a page gets is in order.
    """

    async def connect(self) -> None:
        self.user = self.scope["user"]
        self.shown: Shown | None = None
        self.tasks: list[asyncio.Task[None]] = []
        self._is_shut = False
        await self.accept()
        if not self.user.is_authenticated:
            await self.close(SIGNED_OUT)
            return
        if not limits.enter(self.user.pk):
            await self.close(TOO_MANY)
            return
        self.language = language_of(self.user, self.scope)
        self.zone = zone_of(self.scope["cookies"])
        self.rate = limits.Rate()
        # Not `self.send`: the text stream spares what Channels does around it.
        self.outbox = Outbox(lambda text: self.base_send({"type": "websocket.send", "text": text}))
        self._rows: dict[tuple[str, str], bool] = {}
        self._listing_wanted = self._changes_wanted = False
        self._session_doubted = True  # it may have ended before this socket could be told
        self._snapshots_wanted: set[str] = set()
        self._wake = asyncio.Event()
        self._numbers = 0
        self.tasks = [asyncio.ensure_future(self.outbox.run()), asyncio.ensure_future(self._work())]
        await hub().join(events.user_channel(self.user.pk), self)
        self._wake.set()
        self._say({"type": "hello"})

    async def disconnect(self, code: int) -> None:
        for task in self.tasks:
            task.cancel()
        if self.tasks:
            limits.leave(self.user.pk)
            await hub().leave(events.user_channel(self.user.pk), self)
            await self._show(None)

    # --- from the page ----------------------------------------------------------------------

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self._is_shut or not self.tasks:
            return
        if len(text_data or bytes_data or "") > MAX_FRAME:
            await self._shut(TOO_LARGE)
            return
        if not self.rate.allows():
            await self._shut(TOO_MANY)
            return
        try:
            message = json.loads(text_data or "")
            handle = self._ACTIONS[message["type"]]
            await handle(self, message)
        except (ValueError, KeyError, TypeError, RecursionError, OverflowError):
            self._say({"type": "refused", "reason": "malformed"})

    async def _open(self, message: dict[str, Any]) -> None:
        conversation = conversation_of_kind(str(message["kind"]))
        conversation_id, revision = UUID(str(message["id"])), int(message["revision"])
        if conversation is None:
            raise ValueError(message["kind"])
        await self._show(Shown(conversation, conversation_id, revision))
        self._want_changes()

    async def _close_conversation(self, message: dict[str, Any]) -> None:
        await self._show(None)

    async def _ack(self, message: dict[str, Any]) -> None:
        was_full = self.outbox.is_full
        self.outbox.acknowledge(int(message["frames"]))
        if was_full and not self.outbox.is_full:
            self._want_snapshots()

    async def _seen(self, message: dict[str, Any]) -> None:
        conversation = conversation_of_kind(str(message["kind"]))
        if conversation is None:
            raise ValueError(message["kind"])
        conversation_id, revision = UUID(str(message["id"])), int(message["revision"])
        await self._read(
            lambda: conversation.mark_seen(user=self.user, id=conversation_id, revision=revision)
        )

    async def _bring_lists(self, message: dict[str, Any]) -> None:
        """All lists again; for a page that says its `age` in ms, where they changed since."""
        if "age" in message:
            ms, user_id = int(message["age"]) + SLACK, self.user.pk
            if not await events.listing_changed_within(hub().redis, user_id, ms=ms):
                return
        self._listing_wanted = True
        self._wake.set()

    async def _ping(self, message: dict[str, Any]) -> None:
        self._say({"type": "pong"})

    _ACTIONS = {
        "open": _open,
        "close": _close_conversation,
        "ack": _ack,
        "seen": _seen,
        "sync": _bring_lists,
        "ping": _ping,
    }

    # --- from the hub -----------------------------------------------------------------------

    def hear(self, channel: str, data: bytes) -> None:
        text = self._text(channel)
        if text is not None:
            self._hear_text(channel, text, data)
        elif channel.startswith("generation:"):
            return  # of a text that was left a moment ago
        else:
            self._hear_event(json.loads(data))

    def hear_again(self) -> None:
        self._listing_wanted = self._session_doubted = True
        self._want_snapshots()
        self._want_changes()

    def _hear_text(self, channel: str, text: FollowedText, data: bytes) -> None:
        frame = frames.unpack(data)
        if frame is not None and text.offset is None:
            text.backlog.append(frame)
        elif frame is not None and text.is_old(frame):
            return
        elif frame is not None and text.accepts(frame) and not self.outbox.is_full:
            text.advance(frame)
            self.outbox.put_text(frames.for_socket(frame, text.number))
        else:
            text.wait_for_snapshot()
            if not self.outbox.is_full:
                self._snapshots_wanted.add(channel)
                self._wake.set()

    def _hear_event(self, event: events.Event) -> None:
        if event["type"] == "activity.conversation.changed":
            shown = self.shown
            if shown and event["id"] == str(shown.id) and event["revision"] > shown.revision:
                self._want_changes()
        elif event["type"] == "activity.listing.changed":
            key = (event["kind"], event["id"])
            self._rows[key] = event["top"] or self._rows.get(key, False)
            self._wake.set()
        elif event["type"] == "activity.preferences.changed":
            self._say({"type": "preferences"})
        elif event["type"] == "activity.listing.renewed":
            self._listing_wanted = True
            self._wake.set()
        elif event["session"] in ("", self.scope["session"].session_key):
            self._session_doubted = True
            self._wake.set()

    # --- reading state ----------------------------------------------------------------------

    async def _work(self) -> None:
        while not self._is_shut:
            await self._wake.wait()
            self._wake.clear()
            try:
                await self._check_session()
                for send in (self._send_listing, self._send_changes, self._send_snapshots):
                    await self.outbox.has_room()
                    await send()
            except Exception:  # Postgres or Redis is away: the page must not miss what changed
                log.exception("live_read_failed")
                await asyncio.sleep(1)
                self.hear_again()

    async def _check_session(self) -> None:
        doubted, self._session_doubted = self._session_doubted, False
        if doubted and not await self._read(
            lambda: is_signed_in(self.scope["session"].session_key)
        ):
            await self._shut(SIGNED_OUT)

    async def _send_listing(self) -> None:
        rows, self._rows = self._rows, {}
        if self._listing_wanted:
            self._listing_wanted = False
            listings = [
                await self._read(lambda c=conversation: c.listing(user=self.user))
                for conversation in all_conversations()
            ]
            self._say({"type": "threads", "content": "".join(listings)})
            return
        for (kind, row_id), top in rows.items():
            listed = conversation_of_kind(kind)
            if listed is not None:
                row = await self._read(lambda c=listed, i=row_id: c.row(user=self.user, id=UUID(i)))
                piece = {"html": row.html, "group": row.group} if row else {"html": ""}
                self._say({"type": "row", "kind": kind, "id": row_id, "top": top, **piece})

    async def _send_changes(self) -> None:
        shown = self.shown
        if not self._changes_wanted or shown is None:
            return
        self._changes_wanted = False
        changes: Changes | None = await self._read(
            lambda: shown.conversation.changes_since(
                user=self.user, id=shown.id, revision=shown.revision
            )
        )
        if self.shown is not shown:
            return
        if changes is None:
            self._say({"type": "gone", "id": str(shown.id)})
            await self._show(None)
            return
        since, shown.revision = shown.revision, changes.revision
        self._say(
            {
                "type": shown.conversation.kind,
                "id": str(shown.id),
                "since": since,
                "revision": changes.revision,
                "busy": changes.busy,
                "content": changes.content,
            }
        )
        await self._follow(shown, changes)

    async def _follow(self, shown: Shown, changes: Changes) -> None:
        wanted = {store.channel(stream.generation_id): stream for stream in changes.streams}
        for channel in set(shown.texts) - set(wanted):
            del shown.texts[channel]
            await hub().leave(channel, self)
        for channel, stream in wanted.items():
            if self.shown is not shown:
                return
            if channel not in shown.texts:
                shown.texts[channel] = FollowedText(
                    stream.generation_id, stream.element, stream.is_saved
                )
                await hub().join(channel, self)
                self._snapshots_wanted.add(channel)

    async def _send_snapshots(self) -> None:
        wanted, self._snapshots_wanted = self._snapshots_wanted, set()
        for channel in wanted:
            text = self._text(channel)
            if text is None:
                continue
            text.wait_for_snapshot()
            if self.outbox.is_full:
                continue  # once the page has read what it got
            snapshot = await self._snapshot(text)
            if self._text(channel) is not text:
                continue
            self._numbers += 1
            waiting = text.take(snapshot, self._numbers)
            self.outbox.put_text(frames.snapshot_for_socket(snapshot, text.number, text.element))
            for frame in waiting:
                self._pass_on(channel, text, frame)

    def _pass_on(self, channel: str, text: FollowedText, frame: frames.Frame) -> None:
        if text.accepts(frame):
            text.advance(frame)
            self.outbox.put_text(frames.for_socket(frame, text.number))
        else:
            self._snapshots_wanted.add(channel)
            self._wake.set()

    async def _snapshot(self, text: FollowedText) -> store.Snapshot:
        """What Redis holds, else the chunks in Postgres, else nothing written yet."""
        try:
            snapshot = await store.read_snapshot(hub().redis, text.generation_id)
        except (RedisError, OSError):
            snapshot = None
        if snapshot is not None or not text.is_saved:
            return snapshot or store.NOTHING
        saved: store.Snapshot = await self._read(lambda: snapshot_from_chunks(text.generation_id))
        return saved

    async def _read(self, read: Any) -> Any:
        """Run a function with the database in a thread, in this page's language and time zone."""

        def as_the_page() -> Any:
            with translation.override(self.language), timezone.override(self.zone):
                return read()

        return await database_sync_to_async(as_the_page, thread_sensitive=False)()

    # --- small parts ------------------------------------------------------------------------

    async def _shut(self, code: int) -> None:
        """Close, and say nothing after it: servers take that for an error of ours."""
        self._is_shut = True
        self.tasks[0].cancel()
        await self.close(code)

    def _say(self, message: dict[str, Any]) -> None:
        self.outbox.put(json.dumps(message))

    def _want_changes(self) -> None:
        self._changes_wanted = True
        self._wake.set()

    def _want_snapshots(self) -> None:
        if self.shown is not None:
            self._snapshots_wanted.update(self.shown.texts)
            self._wake.set()

    def _text(self, channel: str) -> FollowedText | None:
        return self.shown.texts.get(channel) if self.shown else None

    async def _show(self, shown: Shown | None) -> None:
        """Follow what the page shows now. The former is left first and whole: both may be the
        same conversation, and the hub knows a listener once."""
        former, self.shown = self.shown, None
        self._changes_wanted = False
        if former is not None:
            for channel in (former.channel, *former.texts):
                await hub().leave(channel, self)
        if shown is not None:
            self.shown = shown
            await hub().join(shown.channel, self)
