"""A websocket to the application in this process, for tests of what is said on it."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from channels.testing import WebsocketCommunicator
from django.contrib.auth.models import AnonymousUser
from django.test import Client

from accounts.models import User
from config.asgi import application

ORIGIN = "http://testserver"


class Wire(WebsocketCommunicator):
    """Channels' own keeps the application's threads from giving connections back, for the sake
    of tests inside a transaction. Ours are not, and the pool would run dry."""

    send_input = ApplicationCommunicator.send_input
    receive_output = ApplicationCommunicator.receive_output


class Closed(Exception):
    """The server closed the socket; `code` says why."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def cookie_of(user: User | AnonymousUser) -> str:
    """A new session's cookie; "" for somebody who is not signed in."""
    if not isinstance(user, User):
        return ""
    client = Client()
    client.force_login(user)
    return f"sessionid={client.cookies['sessionid'].value}"


class Socket:
    def __init__(
        self,
        cookie: str = "",
        origin: str | None = ORIGIN,
        path: str = "/ws/",
        **headers: str,
    ) -> None:
        values = {"host": "testserver", "cookie": cookie} | headers
        if origin is not None:
            values["origin"] = origin
        pairs = [(name.encode(), value.encode("latin-1")) for name, value in values.items()]
        self.streams: dict[int, str] = {}  # number: the element that it writes
        self.wire = Wire(application, path, headers=pairs)

    async def connect(self) -> bool:
        """Whether the handshake was accepted."""
        accepted, _ = await self.wire.connect(timeout=5)
        return bool(accepted)

    async def say(self, message: object) -> None:
        await self.say_text(json.dumps(message))

    async def say_text(self, text: str) -> None:
        await self.wire.send_to(text_data=text)

    async def hear(self, seconds: float = 5) -> Any:
        """The next frame, but for lists of threads: the server may send one at any time.
        Raises Closed, or TimeoutError."""
        while True:
            frame = await self.hear_any(seconds)
            if isinstance(frame, list) or frame["type"] != "threads":
                return frame

    async def hear_any(self, seconds: float = 5) -> Any:
        answer = await self.wire.receive_output(seconds)
        if answer["type"] == "websocket.close":
            raise Closed(answer["code"])
        return json.loads(answer["text"])

    async def hear_type(self, *types: str) -> Any:
        """The next frame of one of these types; others are passed over."""
        while True:
            frame = await self.hear_any()
            if isinstance(frame, dict) and frame["type"] in types:
                return frame

    async def silent(self, seconds: float = 0.15) -> bool:
        while not await self.wire.receive_nothing(timeout=seconds):
            frame = await self.hear_any()
            if isinstance(frame, list) or frame["type"] != "threads":
                return False
        return True

    async def closed(self) -> int:
        """The code with which the server closes; frames before it are passed over."""
        try:
            while True:
                await self.hear()
        except Closed as closed:
            return closed.code

    async def leave(self) -> None:
        await self.wire.disconnect(timeout=5)


@asynccontextmanager
async def socket_of(user: User | AnonymousUser, **headers: str) -> AsyncIterator[Socket]:
    """A socket that has been greeted."""
    socket = Socket(await sync_to_async(cookie_of)(user), **headers)
    assert await socket.connect()
    assert await socket.hear() == {"type": "hello"}
    try:
        yield socket
    finally:
        await socket.leave()


async def open_thread(socket: Socket, thread_id: object, revision: object = 0) -> Any:
    """Say that the page shows a thread; returns the frame that brings it up to date."""
    await socket.say({"type": "open", "kind": "thread", "id": str(thread_id), "revision": revision})
    return await socket.hear_type("thread")
