"""One Redis subscription connection per web process, shared by all its sockets.

Not Channels' layer: under 100 writers it lost half of the messages (one queue of 100 a
process), and text needs the same fan-out anyway. docs/adr/0003-text-over-pubsub.md.
"""

import asyncio
import math
from contextlib import suppress
from typing import Any, Protocol

import structlog
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from activity.redis import async_client, async_subscriber

log = structlog.get_logger(__name__)

RETRY_SECONDS = 0.5
PING_SECONDS = 15.0


class Listener(Protocol):
    def hear(self, channel: str, data: bytes) -> None:
        """Take a message. Called on the loop; must not block."""
        ...

    def hear_again(self) -> None:
        """The subscription was interrupted: anything may have been missed."""
        ...


class Hub:
    """Counts listeners by channel; subscribes with the first and unsubscribes with the last.
    Losing Redis loses messages, so on return every listener is told to read its state anew."""

    def __init__(self) -> None:
        self.redis = async_client()
        self._subscriber = async_subscriber()
        self._pubsub: PubSub | None = None
        self._listeners: dict[str, set[Listener]] = {}
        self._confirmed: dict[str, asyncio.Event] = {}
        self._task: asyncio.Task[None] | None = None
        self._is_away = False  # the connection was lost, and is not back yet
        self._is_silent = False

    async def join(self, channel: str, listener: Listener) -> None:
        """Returns once Redis has confirmed the subscription, so that a snapshot read after it
        misses nothing. While Redis is away it returns at once: the way back is `hear_again`."""
        if self._task is None:
            self._task = asyncio.ensure_future(self._listen())
        listeners = self._listeners.setdefault(channel, set())
        listeners.add(listener)
        confirmed = self._confirmed.get(channel)
        if confirmed is None:
            confirmed = self._confirmed[channel] = asyncio.Event()
            await self._send("subscribe", channel)
        if not self._is_away:
            try:
                await asyncio.wait_for(confirmed.wait(), timeout=2)
            except TimeoutError:
                log.warning("subscription_not_confirmed", channel=channel)

    async def leave(self, channel: str, listener: Listener) -> None:
        listeners = self._listeners.get(channel)
        if listeners is None:
            return
        listeners.discard(listener)
        if not listeners:
            del self._listeners[channel]
            self._confirmed.pop(channel, None)
            await self._send("unsubscribe", channel)

    @property
    def channels(self) -> list[str]:
        return list(self._listeners)

    async def _send(self, command: str, channel: str) -> None:
        if self._pubsub is None:
            return
        try:
            await getattr(self._pubsub, command)(channel)
        except (RedisError, OSError) as error:
            log.warning("not_subscribed", channel=channel, error=str(error))

    async def _listen(self) -> None:
        while True:
            try:
                async with self._subscriber.pubsub() as pubsub:
                    was_away = self._is_away
                    await self._resubscribe(pubsub)
                    if was_away:
                        self._tell_all()
                    self._is_silent = False
                    watch = asyncio.ensure_future(self._watch(pubsub))
                    try:
                        await self._pump(pubsub)
                    finally:
                        watch.cancel()
            except (RedisError, OSError) as error:
                log.warning("hub_lost_redis", error=str(error))
            self._pubsub, self._is_away = None, True
            await asyncio.sleep(RETRY_SECONDS)

    async def _resubscribe(self, pubsub: PubSub) -> None:
        for channel in self._listeners:
            confirmed = self._confirmed.get(channel)
            if confirmed is None or confirmed.is_set():
                self._confirmed[channel] = asyncio.Event()
        # A connection without a channel could not be read.
        asked = list(self._listeners) or ["hub"]
        await pubsub.subscribe(*asked)
        self._pubsub, self._is_away = pubsub, False
        if late := self._listeners.keys() - set(asked):  # they joined during the first one
            await pubsub.subscribe(*late)

    async def _pump(self, pubsub: PubSub) -> None:
        # Past `get_message`, which costs four times as much; texts are all that is frequent.
        connection: Any = pubsub.connection
        while True:
            answer = await connection.read_response(timeout=math.inf, disconnect_on_error=False)
            self._is_silent = False
            if answer[0] == b"message":
                name = answer[1].decode()
                for listener in tuple(self._listeners.get(name, ())):
                    listener.hear(name, answer[2])
                continue
            message = await pubsub.handle_message(answer)  # type: ignore[no-untyped-call]
            if message is not None and message["type"] == "subscribe":
                confirmed = self._confirmed.get(message["channel"].decode())
                if confirmed is not None:
                    confirmed.set()

    async def _watch(self, pubsub: PubSub) -> None:
        """Close a connection whose other end has vanished without a word."""
        connection: Any = pubsub.connection
        with suppress(RedisError, OSError):  # then the pump has learnt it, too
            while not self._is_silent:
                self._is_silent = True
                await pubsub.ping()
                await asyncio.sleep(PING_SECONDS)
            await connection.disconnect(nowait=True)

    def _tell_all(self) -> None:
        for listener in {one for group in self._listeners.values() for one in group}:
            listener.hear_again()


_hubs: dict[asyncio.AbstractEventLoop, Hub] = {}


def hub() -> Hub:
    """The hub of the running loop: one in a server, one a test."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub()
    return _hubs[loop]
