"""Threads on the live channel. Page, fragment and websocket render the same templates."""

from typing import Any
from uuid import UUID

from django.template.loader import render_to_string

from accounts.models import User
from activity.live.conversations import Changes, Row, Stream
from activity.models import Generation, GenerationLock
from activity.reading import consistent_read
from activity.streaming.ids import thoughts_id
from chat import listing, services
from chat.attaching import with_files
from chat.models import Thread
from chat.pages import with_stream
from chat.path import PAGE
from chat.queue.pages import queue_context
from chat.tree import with_siblings
from chat.window import newest


class LiveThread:
    kind = "thread"

    def changes_since(self, *, user: User, id: UUID, revision: int) -> Changes | None:
        with consistent_read():
            thread = Thread.objects.visible_to(user).filter(pk=id).first()
            if thread is None:
                return None
            fragments = _fragments_since(thread, revision)
            busy = GenerationLock.objects.filter(thread=thread).exists()
            streams = streams_of(thread)
            queue = queue_context(thread)
        for part in ("whole", "new", "changed"):
            for message in fragments.get(part, []):
                with_stream(message)
        content = render_to_string(
            "chat/_changes.html", {"thread": thread, "user": user, **fragments, **queue}
        )
        return Changes(revision=thread.revision, busy=busy, content=content, streams=streams)

    def mark_seen(self, *, user: User, id: UUID, revision: int) -> None:
        services.mark_seen(user=user, thread_id=id, revision=revision)

    def row(self, *, user: User, id: UUID) -> Row | None:
        thread = listing.rows(user).filter(pk=id).first()
        if thread is None:
            return None
        html = render_to_string("chat/_thread_item.html", {"thread": thread})
        return Row(html, group=listing.group_label(thread))

    def listing(self, *, user: User) -> str:
        return render_to_string("chat/_listing.html", {"sidebar": listing.sidebar(user)})


def _fragments_since(thread: Thread, revision: int) -> dict[str, Any]:
    """`whole`: the page's messages anew, where the path changed or too much did. Else `new`
    ones for its end and `changed` ones for their places."""
    if revision == thread.revision:
        return {}
    if thread.path_revision <= revision < thread.revision:
        rows = thread.messages.alive().filter(revision__gt=revision)
        rows = rows.select_related("model", "author").prefetch_related(with_files())
        since = list(rows.order_by("revision")[: PAGE + 1])  # by the index, however many there are
        if len(since) <= PAGE:
            with_siblings(thread, since)
            since.sort(key=lambda message: message.created_at)
            return {
                "new": [one for one in since if one.created_revision > revision],
                "changed": [one for one in since if one.created_revision <= revision],
            }
    window = newest(thread)
    return {"whole": with_siblings(thread, window.messages), "window": window}


def streams_of(thread: Thread) -> list[Stream]:
    writing = Generation.objects.in_flight().filter(thread=thread, message__isnull=False)
    streams = []
    for pk, message_id in writing.values_list("pk", "message"):
        streams.append(Stream(pk, str(message_id)))
        streams.append(Stream(thoughts_id(pk), f"{message_id}-thoughts", is_saved=False))
    return streams
