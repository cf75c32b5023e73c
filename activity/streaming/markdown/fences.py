"""A code fence at the top level: it is not parsed again while it grows."""

import re

from .boundaries import closing_fence
from .highlight import FIGURE_END, escape, figure, highlighted, unescape
from .options import parse

_LANGUAGE = re.compile(r'<pre><code class="language-([^"]*)">')
_END = FIGURE_END + "\n"


class Fence:
    """A fence whose first line is complete: where it ends, and its HTML."""

    def __init__(self, source: str, marks: str) -> None:
        self.closer = closing_fence(marks)
        self._first = source.index("\n") + 1
        match = _LANGUAGE.match(parse(source[: self._first]))
        self._language = unescape(match[1]) if match else ""
        self._scanned = self._first

    def find_end(self, source: str) -> int:
        """Length of the source up to the complete closing line; 0 while there is none."""
        match = self.closer.search(source, self._scanned)
        if match and match.end() < len(source):
            return match.end() + 1
        self._scanned = max(self._first, source.rfind("\n") + 1)
        return 0

    def html(self, source: str, *, closed: bool) -> str:
        closer = self.closer.search(source, self._first if closed else self._scanned)
        code = source[self._first : closer.start() if closer else len(source)]
        body = highlighted(self._language, code) if closed else escape(code)
        return figure(self._language, body) + "\n"

    def growth(self, source: str) -> "FenceGrowth | None":
        last_line = source[max(self._first, source.rfind("\n") + 1) :]
        if self.closer.match(last_line):
            return None
        return FenceGrowth(self.closer, last_line)


class FenceGrowth:
    """Appends code to the HTML of an open fence."""

    def __init__(self, closer: re.Pattern[str], last_line: str) -> None:
        self._closer = closer
        self._last_line = last_line

    def extend(self, piece: str) -> tuple[str, str] | None:
        """(end of the HTML to drop, HTML to add), or None when the fence may be closed."""
        line = self._last_line + piece
        if self._closer.search(line):
            return None
        line = line[line.rfind("\n") + 1 :]
        # A line that has anything but fence marks can't close: there's no need to keep it.
        self._last_line = "x" if line.strip(" \t`~") else line
        return _END, escape(piece) + _END
