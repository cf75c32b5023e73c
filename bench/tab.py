"""One user's tab: an HTTP session and a websocket that follow the protocol of static/js."""

import asyncio
import json
import re
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from bench.upstream import CLOCK, WORD

ACK_EVERY = 32
BUCKET = 0.1  # seconds
TAG = re.compile(r"<[^>]*>")


@dataclass
class Heard:
    """What one tab saw. Times are seconds of the clock, delays milliseconds."""

    clicked: float = 0.0
    own: float = 0.0
    first: float = 0.0
    last: float = 0.0
    words: list[int] = field(default_factory=list)  # in the order of the streamed text
    final: list[int] = field(default_factory=list)  # in that of the article that replaced it
    seen: int = 0
    delays: list[tuple[float, int]] = field(default_factory=list)
    buckets: Counter[int] = field(default_factory=Counter)  # words by the time of their arrival
    frames: int = 0
    text_bytes: int = 0  # of the text stream, frame headers included
    all_bytes: int = 0
    html_bytes: int = 0
    problem: str = ""

    def take_words(self, text: str) -> None:
        """Note the words that were not heard before, and how long they took."""
        now = time.time()
        stamp = int(now * 1000) % CLOCK
        for match in WORD.finditer(text):
            if int(match[1]) < self.seen:
                continue
            self.seen = int(match[1]) + 1
            self.delays.append((now, (stamp - int(match[2])) % CLOCK))
            self.buckets[int(now / BUCKET)] += 1
            self.first = self.first or now
            self.last = now


def order_of(html: str) -> list[int]:
    return [int(index) for index, _ in WORD.findall(TAG.sub("", html))]


def wire_size(data: str) -> int:
    size = len(data.encode())
    return size + (2 if size < 126 else 4 if size < 65536 else 10)


class Tab:
    """A signed-in user who opens a new chat and sends one message."""

    def __init__(self, http: aiohttp.ClientSession, base: str, session: str) -> None:
        self.http, self.base, self.heard = http, base, Heard()
        self.csrf = uuid.uuid4().hex
        self.headers = {
            "Cookie": f"sessionid={session}; csrftoken={self.csrf}",
            "Origin": base,
            "X-CSRFToken": self.csrf,
        }
        self.thread = str(uuid.uuid4())
        self.message = ""
        self.closed, self.tail = [""], ""
        self.number = -1
        self.revision = 0
        self.ended = False

    async def connect(self) -> None:
        url = self.base.replace("http", "ws", 1) + "/ws/"
        self.socket = await self.http.ws_connect(
            url,
            headers=self.headers,
            max_msg_size=0,
            compress=15,  # browsers offer it, too
        )
        hello = json.loads(await self.socket.receive_str())
        if hello["type"] != "hello":
            raise ConnectionError(str(hello))

    async def send(self, model: str) -> None:
        fields = {"text": "Write.", "model": model, "client_id": str(uuid.uuid4())}
        self.heard.clicked = time.time()
        url = f"{self.base}/chat/{self.thread}/messages/"
        async with self.http.post(url, data=fields, headers=self.headers) as response:
            body = await response.json(content_type=None) if response.status == 201 else {}
        if response.status != 201:
            raise ConnectionError(f"send was answered with {response.status}")
        self.heard.own = time.time()
        self.message = body["message"]
        await self.say({"type": "open", "kind": "thread", "id": self.thread, "revision": 0})

    async def say(self, message: dict[str, Any]) -> None:
        await self.socket.send_str(json.dumps(message))

    async def listen(self) -> None:
        """Follow the answer to its end."""
        final = ""
        async for message in self.socket:
            if message.type != aiohttp.WSMsgType.TEXT:
                break
            frame = json.loads(message.data)
            size = wire_size(message.data)
            self.heard.all_bytes += size
            if isinstance(frame, list):
                self.heard.text_bytes += size
                await self.take_text(frame)
            elif frame["type"] == "thread" and frame["id"] == self.thread:
                final = frame["content"]
                self.ended = self.message in final and not frame["busy"]
            if self.ended:
                break
        if not self.ended:
            raise ConnectionError(f"the socket closed with {self.socket.close_code}")
        html = "".join(self.closed) + self.tail
        self.heard.words = order_of(html)
        self.heard.final = order_of(final.partition("<template")[0])
        self.heard.html_bytes = len(html.encode())

    async def take_text(self, frame: list[Any]) -> None:
        self.heard.frames += 1
        if self.heard.frames % ACK_EVERY == 0:
            await self.say({"type": "ack", "frames": self.heard.frames})
        if frame[0] == "s":
            _, number, element, _, closed, tail = frame
            if element != self.message:  # thoughts have a stream of their own
                return
            self.number, self.tail = number, tail
            self.closed = [closed]
            self.heard.take_words(closed + tail)
        elif frame[0] == self.number:
            _, _, drop, add, close = frame
            tail = self.tail[: len(self.tail) - drop] + add
            self.closed.append(tail[:close])
            self.tail = tail[close:]
            self.heard.take_words(add)

    async def run(self, model: str, delay: float) -> None:
        await asyncio.sleep(delay)
        listening = asyncio.ensure_future(self.listen())
        try:
            await self.send(model)
            await listening
        finally:
            listening.cancel()


class RelayTab(Tab):
    """The same against the bare relay."""

    async def connect(self) -> None:
        url = self.base.replace("http", "ws", 1) + "/"
        self.socket = await self.http.ws_connect(url, max_msg_size=0)

    async def send(self, model: str) -> None:
        self.heard.clicked = self.heard.own = time.time()
        await self.socket.send_str(model)

    async def listen(self) -> None:
        async for message in self.socket:
            self.heard.all_bytes += wire_size(message.data)
            self.heard.take_words(message.data)
            self.heard.words += order_of(message.data)
        self.heard.final = self.heard.words
