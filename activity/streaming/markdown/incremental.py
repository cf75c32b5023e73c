"""Markdown that is still being written, rendered block by block.

Blocks are closed as soon as no later text can change them; only the open tail is rendered again.
The one exception: a link reference defined after its use. `finish` gives the final word.
"""

import re

from .blocks import Coloured, block_html
from .boundaries import find_cut, opening_fence
from .delta import NOTHING, Delta, difference, utf16_length
from .fences import Fence
from .footnotes import settle
from .growth import Growth, LineGrowth, ListGrowth, TableGrowth
from .references import Definitions

# Neither PostgreSQL nor a browser takes these.
_UNUSABLE = re.compile("[\0\ud800-\udfff]")
# A long text is cut up in pieces, for each closed block moves the rest of its piece.
_PIECE = 8192
_PARTS = 64


class Pieces:
    """A string that grows at its end, cheaply and without a crowd of small objects."""

    def __init__(self) -> None:
        self._parts: list[str] = []

    def append(self, text: str) -> None:
        self._parts.append(text)
        if len(self._parts) > _PARTS:
            self._parts = ["".join(self._parts)]

    def __str__(self) -> str:
        return "".join(self._parts)


class IncrementalRenderer:
    """Follows one answer. `closed_html + tail_html` is the page's HTML of `text`. `scope`, of
    letters and digits, keeps the ids of its footnotes apart from those of other answers."""

    def __init__(self, definitions: str | None = None, *, scope: str = "") -> None:
        self.tail_html = ""
        self._scope = scope
        self._added: list[str] = []
        self._text = Pieces()
        self._closed = Pieces()
        self._definitions = Definitions()
        self._seeded = definitions is not None
        if definitions is not None:
            self._definitions.source = definitions
        self._empty = True
        self._after_return = False
        self._growth: Growth | None = None
        self._begin("")

    @property
    def text(self) -> str:
        """All that was fed; characters that can't be stored are U+FFFD."""
        return str(self._text)

    @property
    def closed_html(self) -> str:
        return str(self._closed)

    @property
    def closed_added(self) -> str:
        """What the last feed appended to the closed part."""
        return "".join(self._added)

    def feed(self, text: str) -> Delta:
        """Take more of the answer; returns how the tail of a viewer changes."""
        piece = self._accept(text)
        self._added.clear()
        if not piece:
            return NOTHING
        change = self._growth.extend(piece) if self._growth else None
        if change is not None:
            drop, add = change
            self._tail += piece
            self.tail_html = self.tail_html[: -len(drop)] + add
            return Delta(utf16_length(drop), add, 0)
        old = self.tail_html
        self._advance(piece)
        self._render_tail()
        return difference(old, self.tail_html, self.closed_added)

    def finish(self) -> str:
        """The final HTML, when the text is whole. Nothing may be fed after it."""
        if not self._seeded and self._fence is None:
            self._definitions.collect(self._tail)
        if self._definitions.source and not self._seeded:
            again = IncrementalRenderer(self._definitions.source, scope=self._scope)
            again.absorb(self.text)
            return again.finish()
        return settle(self.closed_html + self._tail_as(closed=True))

    def absorb(self, text: str) -> None:
        """Take a whole text, to be finished: no tail is rendered."""
        piece = self._accept(text)
        if piece:
            self._advance(piece)

    def _accept(self, text: str) -> str:
        """`text` as the parser reads it: line ends are newlines, wherever a CR LF was cut."""
        text = _UNUSABLE.sub("\ufffd", text)
        self._text.append(text)
        if self._after_return and text:
            self._after_return = False
            text = text.removeprefix("\n")
        if "\r" in text:
            self._after_return = text.endswith("\r")
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        if self._empty and text:
            self._empty = False
            text = text.removeprefix("\ufeff")
        return text

    def _begin(self, tail: str) -> None:
        self._tail = tail
        self._fence: Fence | None = None
        self._scanned = self._refusals = 0
        self._coloured: Coloured = {}

    def _advance(self, text: str) -> None:
        self._growth = None
        for start in range(0, len(text), _PIECE):
            self._tail += text[start : start + _PIECE]
            while end := self._find_end():
                self._close(end)

    def _find_end(self) -> int:
        """Length of the source of the first block that is closed now; 0 when there is none."""
        if self._fence is None:
            marks = opening_fence(self._tail)
            if marks:
                self._fence = Fence(self._tail, marks)
        if self._fence is not None:
            return self._fence.find_end(self._tail)
        end, self._scanned, self._refusals = find_cut(self._tail, self._scanned, self._refusals)
        return end

    def _close(self, end: int) -> None:
        rest = self._tail[end:]
        self._tail = self._tail[:end]
        html = self._tail_as(closed=True)
        if "]:" in self._tail and self._fence is None and not self._seeded:
            self._definitions.collect(self._tail)
        self._closed.append(html)
        self._added.append(html)
        self._begin(rest)

    def _tail_as(self, *, closed: bool) -> str:
        if self._fence is not None:
            return self._fence.html(self._tail, closed=closed)
        return self._html(self._tail, closed=closed)

    def _html(self, source: str, *, closed: bool = False) -> str:
        definitions = self._definitions.source
        return block_html(
            source, definitions, closed=closed, cache=self._coloured, scope=self._scope
        )

    def _render_tail(self) -> None:
        html = self.tail_html = self._tail_as(closed=False)
        source = self._tail
        if self._fence is not None:
            self._growth = self._fence.growth(source)
        elif html:
            self._growth = (
                LineGrowth.of(source, html)
                or TableGrowth.of(source, html, self._html)
                or ListGrowth.of(source, html, self._html)
            )
