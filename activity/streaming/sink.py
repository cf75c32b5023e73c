"""Where a running generation puts its text."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from uuid import UUID

from django.conf import settings

from activity.streaming import frames
from activity.streaming.ids import scope_of
from activity.streaming.markdown import IncrementalRenderer
from activity.streaming.store import Flush
from providers.base import TooLarge


class TextSink:
    """Collects the text of one claim. Lives on the worker's event loop; the flusher drains it.
    `saved` and `offset` count UTF-8 bytes that are in Postgres and in Redis. The reasoning before
    an answer is a text of its own, in `thoughts`; it is saved (`is_saved`) only with the end."""

    def __init__(
        self,
        generation_id: UUID,
        epoch: int,
        *,
        wake: Callable[["TextSink"], None],
        limit: int | None = None,
        is_saved: bool = True,
        open_thoughts: Callable[[], "TextSink"] | None = None,
    ) -> None:
        self.generation_id = generation_id
        self.epoch = epoch
        self.renderer = IncrementalRenderer(scope=scope_of(generation_id))
        self.thoughts: TextSink | None = None
        self.offset = 0
        self.chars = 0
        self.started = time.monotonic()
        self.first_output_seconds: float | None = None
        self.failure: Exception | None = None
        self._wake = wake
        self._limit = settings.MAX_ANSWER_CHARS if limit is None else limit
        self._is_saved = is_saved
        self._open_thoughts = open_thoughts
        self._pending: list[str] = []
        self._unsaved: list[str] = []
        self._saved = 0
        self._html_bytes = 0
        self._closed_bytes = 0
        self.drained = asyncio.Event()
        self.drained.set()

    def write(self, text: str) -> None:
        """Add text. Raises TooLarge at the limit; what fits under it is kept."""
        if self.failure is not None:
            raise self.failure
        text = _storable(text)
        if self.first_output_seconds is None:
            self.first_output_seconds = time.monotonic() - self.started
        room = self._limit - self.chars
        self._pending.append(text[:room])
        self.chars += min(len(text), room)
        self.drained.clear()
        self._wake(self)
        if len(text) > room:
            raise TooLarge("the answer is longer than the limit")

    def think(self, text: str) -> None:
        """Add to the reasoning. What is above its limit is left out."""
        if self.thoughts is None and self._open_thoughts is not None:
            self.thoughts = self._open_thoughts()
        if self.thoughts is not None:
            with suppress(TooLarge):
                self.thoughts.write(text)

    def fail(self, error: Exception) -> None:
        """Make the next write raise this error; the text so far is kept."""
        self.failure = error
        self.drained.set()

    def settle(self) -> None:
        """A flush is out. What was written meanwhile waits for the next one."""
        if not self._pending:
            self.drained.set()

    @property
    def text(self) -> str:
        """All text so far, flushed or not."""
        return self.renderer.text + "".join(self._pending)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started

    @property
    def thinking_seconds(self) -> float | None:
        """From the first word of the reasoning to that of the answer, or to now."""
        if self.thoughts is None:
            return None
        first = self.first_output_seconds
        return max(
            0.0, (self.seconds if first is None else first) + self.started - self.thoughts.started
        )

    def take_flush(self) -> Flush | None:
        """What came since the last one, rendered; None when nothing did."""
        text = "".join(self._pending)
        self._pending.clear()
        if not text:
            self.drained.set()
            return None
        tail = self.renderer.tail_html
        delta = self.renderer.feed(text)
        start, self.offset = self.offset, self.offset + len(text.encode())
        position = self._html_bytes - utf8_length_of_end(tail, delta.drop)
        self._html_bytes = position + len(delta.add.encode())
        self._closed_bytes += len(self.renderer.closed_added.encode())
        if self._is_saved:
            self._unsaved.append(text)
        return Flush(
            generation_id=self.generation_id,
            epoch=self.epoch,
            start=start,
            end=self.offset,
            text=text,
            html_position=position,
            html=delta.add,
            html_bytes=self._html_bytes,
            closed_bytes=self._closed_bytes,
            frame=frames.pack(epoch=self.epoch, start=start, end=self.offset, delta=delta),
        )

    def take_chunk(self) -> tuple[UUID, int, int, str] | None:
        """The flushed text that Postgres lacks, as `ledger.save_chunks` takes it."""
        text = "".join(self._unsaved)
        if not text:
            return None
        self._unsaved.clear()
        start, self._saved = self._saved, self._saved + len(text.encode())
        return self.generation_id, self.epoch, start, text

    def put_back(self, chunk: tuple[UUID, int, int, str]) -> None:
        """Postgres was away: try this chunk again with what follows it."""
        self._unsaved.insert(0, chunk[3])
        self._saved = chunk[2]


def utf8_length_of_end(text: str, units: int) -> int:
    """How many UTF-8 bytes the last `units` UTF-16 units of a text are."""
    if units == 0 or text.isascii():
        return units
    end = text[-units:].encode("utf-16-le")[-2 * units :]
    return len(end.decode("utf-16-le").encode())


def _storable(text: str) -> str:
    """The text without what UTF-8 (lone surrogates) or Postgres (NUL) cannot hold."""
    if text.isascii() and "\0" not in text:
        return text
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return whole.replace("\0", "\ufffd")
