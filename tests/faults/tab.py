"""A page that remembers all it ever showed, and puts the articles together as htmx would."""

import re
import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from accounts.models import User
from tests.page import Page

ACK_AFTER = 1.0  # seconds, as static/js/live.js

_PARTIAL = re.compile(
    r'<hx-partial hx-target="#([^"]+)" hx-swap="(\w+)">(.*?)</hx-partial>', re.DOTALL
)
_ARTICLE = re.compile(r'<article [^>]*id="(message-[^"]+)".*?</article>', re.DOTALL)
_CLOCK = re.compile(r' data-rendered="[^"]*"')


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page showed of an answer at one moment: so many bytes of it, as this HTML."""

    element: str
    offset: int
    html: str


class Tab(Page):
    def __init__(self, url: str, user: User) -> None:
        super().__init__(url, user)
        self.user = user
        self.shown: list[Shown] = []
        self.articles: dict[str, str] = {}
        self.acknowledges = True
        self.text_bytes = 0
        self._acknowledged = 0
        self._acknowledged_at = time.monotonic()

    def start(self, thread_id: str) -> "Tab":
        self.connect()
        self.open(UUID(thread_id))
        return self

    def connect(self) -> "Tab":
        super().connect()
        self._acknowledged = 0
        return self

    def hear(self, seconds: float = 0.2) -> Any:
        frame = super().hear(seconds)
        if self.acknowledges and time.monotonic() - self._acknowledged_at > ACK_AFTER:
            self._acknowledged_at = time.monotonic()
            if self._received != self._acknowledged:
                self._acknowledged = self._received
                self.say({"type": "ack", "frames": self._received})
        if isinstance(frame, dict) and frame["type"] == "thread":
            apply(self.articles, frame["content"])
        return frame

    def say(self, message: Any) -> None:
        if self.acknowledges or message["type"] != "ack":
            super().say(message)

    def _hear_text(self, frame: list[Any]) -> None:
        super()._hear_text(frame)
        self.text_bytes += sum(len(part) for part in frame if isinstance(part, str))
        text = self.texts[frame[2]] if frame[0] == "s" else self._streams.get(frame[0])
        if text is not None:
            self.shown.append(Shown(text.element, text.offset, text.html))

    def ask(self, words: int) -> str:
        """Ask for so many words, in the open thread or a new one; returns the answer's id."""
        sent = self.send(f"Write {words} words about clay", timeout=30)
        assert sent.status_code == 201, sent.text
        if self.thread_id is None:
            self.start(sent.json()["thread"])
        return str(sent.json()["message"])

    def hear_text(self, message_id: str, *, at_least: int = 1) -> None:
        """Until the page shows so many bytes of the answer."""
        self.hear_until(lambda: self.length_of(message_id) >= at_least)

    def length_of(self, message_id: str) -> int:
        """How many bytes of an answer the page shows."""
        text = self.texts.get(message_id)
        return text.offset if text else 0

    def load(self) -> dict[str, str]:
        """The articles of a fresh load of the open thread."""
        answer = self.http.get(f"{self.url}/chat/{self.thread_id}/", timeout=30)
        assert answer.status_code == 200
        return articles_in(answer.text)


def apply(articles: dict[str, str], content: str) -> None:
    """Swap the fragments of a `thread` frame in."""
    for target, swap, html in _PARTIAL.findall(content):
        if target == "log" and swap == "innerMorph":
            articles.clear()
        if target == "log" or target.startswith("message-"):
            found = articles_in(html)
            assert swap != "beforeend" or not found.keys() & articles.keys(), "shown twice"
            articles.update(found)


def articles_in(html: str) -> dict[str, str]:
    """Element id -> article, in their order, without the clock that each rendering stamps."""
    return {
        match[1]: re.sub(r"\s+", " ", _CLOCK.sub("", match[0])) for match in _ARTICLE.finditer(html)
    }
