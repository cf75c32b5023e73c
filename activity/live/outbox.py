"""What is on its way to one socket. Some servers buffer without limit for a page that does not
read (a sleeping laptop, a slow line), so text stops at a bound and goes on from a snapshot. Others
let the sender wait; then whoever has more to say must wait too (`has_room`)."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

MAX_UNREAD = 256 * 1024  # characters of text that the page has not acknowledged
MAX_UNSENT = 256 * 1024  # characters that the server has not taken


class Outbox:
    def __init__(self, send: Callable[[str], Awaitable[None]]) -> None:
        self._send = send
        self._queue: asyncio.Queue[str] = asyncio.Queue()
        self._unread: deque[int] = deque()
        self._acknowledged = 0
        self._unsent = 0
        self._room = asyncio.Event()
        self._room.set()
        self.unread_size = 0

    @property
    def is_full(self) -> bool:
        return self.unread_size > MAX_UNREAD

    def put(self, message: str) -> None:
        self._unsent += len(message)
        if self._unsent > MAX_UNSENT:
            self._room.clear()
        self._queue.put_nowait(message)

    async def has_room(self) -> None:
        """Wait until the server has taken most of what was put here."""
        await self._room.wait()

    def put_text(self, frame: str) -> None:
        """Like `put`, for a frame of the text stream: those are acknowledged and bounded."""
        self._unread.append(len(frame))
        self.unread_size += len(frame)
        self.put(frame)

    def acknowledge(self, frames: int) -> None:
        """The page has received this many text frames on this socket so far."""
        while self._unread and self._acknowledged < frames:
            self._acknowledged += 1
            self.unread_size -= self._unread.popleft()

    async def run(self) -> None:
        while True:
            message = await self._queue.get()
            await self._send(message)
            self._unsent -= len(message)
            if self._unsent <= MAX_UNSENT:
                self._room.set()
