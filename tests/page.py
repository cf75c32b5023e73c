"""A page without a browser: it speaks HTTP and the live channel as static/js does, and keeps
what a reader would see."""

import json
import time
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import requests
from django.test import Client
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from accounts.models import User


def _cut(text: str, units: int) -> int:
    """The index in code points of an index in UTF-16 units."""
    return len(text.encode("utf-16-le")[: 2 * units].decode("utf-16-le"))


class Text:
    """One streamed answer, put together by the rules of static/js/stream.js."""

    def __init__(self, element: str, offset: int, closed: str, tail: str) -> None:
        self.element, self.offset, self.closed, self.tail = element, offset, closed, tail

    def apply(self, offset: int, drop: int, add: str, close: int) -> None:
        kept = self.tail.encode("utf-16-le")
        self.tail = (kept[: len(kept) - 2 * drop]).decode("utf-16-le") + add
        border = _cut(self.tail, close)
        self.closed += self.tail[:border]
        self.tail = self.tail[border:]
        assert offset > self.offset, "an offset did not grow"
        self.offset = offset

    @property
    def html(self) -> str:
        return self.closed + self.tail


class Page:
    """One tab of a signed-in user."""

    def __init__(self, url: str, user: User) -> None:
        self.url = url
        self.origin = url
        browser = Client()
        browser.force_login(user)
        self.http = requests.Session()
        self.http.cookies.set("sessionid", browser.cookies["sessionid"].value)
        self.socket: ClientConnection | None = None
        self.thread_id: uuid.UUID | None = None
        self.revision = 0
        self.busy = False
        self.frames: list[Any] = []
        self.contents: list[str] = []
        self.texts: dict[str, Text] = {}
        self._streams: dict[int, Text] = {}
        self._received = 0

    # --- websocket --------------------------------------------------------------------------

    def connect(self) -> "Page":
        cookie = "; ".join(f"{name}={value}" for name, value in self.http.cookies.items())
        self.socket = connect(
            f"ws://{urlsplit(self.url).netloc}/ws/",
            origin=self.origin,  # type: ignore[arg-type]
            additional_headers={"Cookie": cookie},
            compression=None,
            legacy=True,  # kept open over many calls, so no context manager
        )
        self._streams.clear()
        self._received = 0
        return self

    def open(self, thread_id: uuid.UUID) -> None:
        if thread_id != self.thread_id:
            self.thread_id, self.revision = thread_id, 0
        self.say(
            {"type": "open", "kind": "thread", "id": str(thread_id), "revision": self.revision}
        )

    def say(self, message: object) -> None:
        assert self.socket is not None
        self.socket.send(json.dumps(message))

    def hear(self, seconds: float = 0.2) -> Any:
        """One frame, applied; None when none comes in time."""
        assert self.socket is not None
        try:
            frame = json.loads(self.socket.recv(timeout=seconds))
        except TimeoutError:
            return None
        self.frames.append(frame)
        if isinstance(frame, list):
            self._hear_text(frame)
        elif frame["type"] == "thread" and frame["id"] == str(self.thread_id):
            assert frame["since"] == self.revision, "a frame skips or repeats changes"
            self.revision, self.busy = frame["revision"], frame["busy"]
            self.contents.append(frame["content"])
        return frame

    def _hear_text(self, frame: list[Any]) -> None:
        self._received += 1
        if frame[0] == "s":
            _, number, element, offset, closed, tail = frame
            self._streams[number] = self.texts[element] = Text(element, offset, closed, tail)
        elif frame[0] in self._streams:
            self._streams[frame[0]].apply(*frame[1:])
        if self._received % 32 == 0:
            self.say({"type": "ack", "frames": self._received})

    def hear_until(self, condition: Callable[[], Any], *, seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise AssertionError(f"not heard within {seconds} s; last: {self.frames[-3:]}")
            try:
                self.hear()
            except ConnectionClosed:
                self.reconnect(deadline)

    def reconnect(self, deadline: float) -> None:
        """As hx-ws does: again and again, and then it says what it has."""
        while True:
            try:
                self.connect()
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
                continue
            if self.thread_id:
                self.open(self.thread_id)
            return

    def close(self) -> None:
        if self.socket is not None:
            self.socket.close()

    # --- HTTP -------------------------------------------------------------------------------

    def post(self, path: str, **fields: Any) -> requests.Response:
        if "csrftoken" not in self.http.cookies:
            self.http.get(f"{self.url}/chat/")
        fields["csrfmiddlewaretoken"] = self.http.cookies["csrftoken"]
        return self.http.post(f"{self.url}{path}", data=fields, headers={"Origin": self.origin})

    def send(self, text: str, **fields: Any) -> requests.Response:
        thread_id = fields.pop("thread_id", None) or self.thread_id or uuid.uuid4()
        values = {"text": text, "client_id": str(uuid.uuid4()), **fields}
        return self.post(f"/chat/{thread_id}/messages/", **values)

    def stop(self) -> requests.Response:
        return self.post(f"/chat/{self.thread_id}/stop/")
