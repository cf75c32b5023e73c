"""A server of exact bytes: it reads one request, then does what the test's script says."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from providers.base import (
    ChatMessage,
    Completed,
    Endpoint,
    ProviderError,
    TextDelta,
    TextEvent,
    TextRequest,
)
from providers.openai_compatible.chat import OpenAITextProvider
from providers.sessions import Sessions, Timeouts

Script = Callable[["Connection"], Awaitable[None]]
SHORT = Timeouts(connect=1, first_byte=0.4, gap=0.3, image=0.6, total=5)


@dataclass
class Connection:
    """One request, and the way to answer it."""

    head: str
    body: bytes
    writer: asyncio.StreamWriter

    @property
    def json(self) -> dict:
        return json.loads(self.body)

    @property
    def path(self) -> str:
        return self.head.split(" ")[1]

    def header(self, name: str) -> str | None:
        for line in self.head.split("\r\n")[1:]:
            key, _, value = line.partition(":")
            if key.lower() == name.lower():
                return value.strip()
        return None

    async def send(self, data: bytes, *, size: int = 0, pause: float = 0) -> None:
        """All at once, or in pieces of `size` bytes, each in a packet of its own."""
        pieces = [data[at : at + size] for at in range(0, len(data), size)] if size else [data]
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()
            await asyncio.sleep(pause)

    def abort(self) -> None:
        """End with a reset, as a crashed server does."""
        self.writer.transport.abort()


@dataclass
class Wire:
    base_url: str
    requests: list[Connection] = field(default_factory=list)


@asynccontextmanager
async def wire(*scripts: Script) -> AsyncIterator[Wire]:
    """Each request takes the next script; the last one serves all that follow."""
    served = Wire("")

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            connection = Connection(head, b"", writer)
            length = int(connection.header("Content-Length") or 0)
            if length:
                connection.body = await reader.readexactly(length)
            elif connection.header("Transfer-Encoding"):
                connection.body = await reader.readuntil(b"0\r\n\r\n")
            script = scripts[min(len(served.requests), len(scripts) - 1)]
            served.requests.append(connection)
            await script(connection)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    served.base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    try:
        yield served
    finally:
        server.close()


def head(status: str = "200 OK", kind: str = "text/event-stream", **more: str) -> bytes:
    """Without a length: the body ends with the connection."""
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in more.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def delta(text: str | None, finish: str | None = None, **more: object) -> bytes:
    return event(
        {"choices": [{"index": 0, "delta": {"content": text, **more}, "finish_reason": finish}]}
    )


def event(document: object) -> bytes:
    return b"data: " + json.dumps(document).encode() + b"\n\n"


DONE = b"data: [DONE]\n\n"
HELLO = delta("Hel") + delta("lo") + delta(None, "stop") + DONE


def sends(*parts: bytes, size: int = 0, hang: float = 0) -> Script:
    """A script that sends these bytes, stays silent for `hang` seconds, and closes."""

    async def script(connection: Connection) -> None:
        await connection.send(b"".join(parts), size=size)
        await asyncio.sleep(hang)

    return script


def refuses(status: str, body: object = b"", **headers: str) -> Script:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return sends(head(status, "application/json", **headers), data)


@dataclass
class Outcome:
    events: list[TextEvent]
    error: ProviderError | None

    @property
    def text(self) -> str:
        return "".join(each.text for each in self.events if isinstance(each, TextDelta))

    @property
    def completed(self) -> Completed:
        assert self.error is None, self.error
        last = self.events[-1]
        assert isinstance(last, Completed)
        return last


async def ask(
    base_url: str,
    request: TextRequest | None = None,
    *,
    timeouts: Timeouts = SHORT,
    allow_private: bool = True,
    **endpoint: object,
) -> Outcome:
    """One streamed answer, with the error that ended it if one did."""
    at = Endpoint("openai", base_url, "test-model", allow_private=allow_private, **endpoint)
    outcome = Outcome([], None)
    async with Sessions(timeouts) as sessions:
        try:
            stream = OpenAITextProvider(at, sessions).stream(request or say("Hi"))
            async for each in stream:
                outcome.events.append(each)
        except ProviderError as error:
            outcome.error = error
    return outcome


def say(text: str, **more: object) -> TextRequest:
    return TextRequest([ChatMessage("user", text)], **more)


async def answer(*parts: bytes, size: int = 0, hang: float = 0, **more: object) -> Outcome:
    """What the client makes of an event stream of exactly these bytes."""
    async with wire(sends(head(), *parts, size=size, hang=hang)) as served:
        return await ask(served.base_url, **more)
