"""One Redis subscription connection per web process, shared by all its sockets.

Not Channels' layer: under 100 writers it lost half of the messages (one queue of 100 a
process), and text needs the same fan-out anyway. docs/adr/0003-text-over-pubsub.md.
"""

import asyncio
import math
from contextlib import suppress
from typing import Protocol

import structlog
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from activity.redis import PING_SECONDS, async_client, async_subscriber

log = structlog.get_logger(__name__)

RETRY_SECONDS = 0.5
KEPT = "hub"  # always subscribed to: a connection without a channel could not be read


class Listener(Protocol):
    def hear(self, channel: str, data: bytes) -> None:
        """Take a message. Called on the loop; must not block."""
        ...

    def hear_again(self) -> None:
        """The subscription was interrupted: anything may have been missed."""
        ...


class Hub:
    """Counts listeners by channel; subscribes with the first and unsubscribes with the last.
    Losing Redis loses messages, so with each new connection, the first too, every listener is
    told to read its state anew."""

    def __init__(self) -> None:
        self.redis = async_client()
        self._subscriber = async_subscriber()
        self._pubsub: PubSub | None = None
        self._listeners: dict[str, set[Listener]] = {}
        self._confirmed: dict[str, asyncio.Event] = {}
        self._task: asyncio.Task[None] | None = None
        self._is_silent = False

    async def join(self, channel: str, listener: Listener) -> None:
        """Returns once Redis has confirmed the subscription, so that a snapshot read after it
        misses nothing. While there is no connection, also before the first, it returns at once:
        `hear_again` follows when there is one."""
        if self._task is None:
            self._task = asyncio.ensure_future(self._listen())
        self._listeners.setdefault(channel, set()).add(listener)
        if self._pubsub is None:
            return
        confirmed = self._confirmed.get(channel)
        if confirmed is None:
            confirmed = self._confirmed[channel] = asyncio.Event()
            await self._send("subscribe", channel)
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
                    await self._subscribe_to_all(pubsub)
                    self._tell_all()
                    self._is_silent = False
                    watch = asyncio.ensure_future(self._watch(pubsub))
                    try:
                        await self._pump(pubsub)
                    finally:
                        watch.cancel()
            except (RedisError, OSError) as error:
                log.warning("hub_lost_redis", error=str(error))
            except Exception:  # one bad message must not deafen the process for ever
                log.exception("hub_broke")
            finally:
                self._pubsub = None
            await asyncio.sleep(RETRY_SECONDS)

    async def _subscribe_to_all(self, pubsub: PubSub) -> None:
        """Subscribe to what is listened to, also to what is joined while this is under way."""
        self._confirmed = {}
        wanted = {KEPT}
        while wanted:
            self._confirmed.update({channel: asyncio.Event() for channel in wanted})
            await pubsub.subscribe(*wanted)
            wanted = self._listeners.keys() - self._confirmed.keys()
        self._pubsub = pubsub

    async def _pump(self, pubsub: PubSub) -> None:
        # Past `get_message`, which costs four times as much; texts are all that is frequent.
        connection = pubsub.connection
        while connection is not None:
            answer = await connection.read_response(timeout=math.inf, disconnect_on_error=False)
            self._is_silent = False
            if answer[0] == b"message":
                name = answer[1].decode()
                for listener in tuple(self._listeners.get(name, ())):
                    listener.hear(name, answer[2])
                continue
            message = await pubsub.handle_message(answer)
            if message is not None and message["type"] == "subscribe":
                self._confirm(message["channel"].decode())

    def _confirm(self, channel: str) -> None:
        confirmed = self._confirmed.get(channel)
        if confirmed is None:
            return
        if confirmed.is_set():
            raise ConnectionError("redis-py has connected anew and told nobody")
        confirmed.set()

    async def _watch(self, pubsub: PubSub) -> None:
        """Close a connection whose other end has vanished without a word."""
        with suppress(RedisError, OSError):  # then the pump has learnt it, too
            while not self._is_silent:
                self._is_silent = True
                await pubsub.ping()
                await asyncio.sleep(PING_SECONDS)
            if pubsub.connection is not None:
                await pubsub.connection.disconnect(nowait=True)

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
