"""Open tails that can grow without being parsed again, exactly as if they had been."""

import re
from collections.abc import Callable
from typing import Protocol

from .boundaries import may_cut
from .delta import common_prefix
from .formulas import begins_line
from .options import MAX_BLOCK, MAX_CELLS

Render = Callable[[str], str]

# Shorter tables and lists are rendered whole as fast.
MIN_LENGTH = 600


class Growth(Protocol):
    def extend(self, piece: str) -> tuple[str, str] | None:
        """(end of the HTML to drop, HTML to add), or None: parse the tail anew."""


# Characters that mean nothing to Markdown within a line that begins with a letter, once a space
# stands between them and what means something. Not "@", "/" or "www", which may make a link.
_INERT = re.compile(
    r"""(?:[^\W_]|[ .,;:!?'"()+=%{}^#-]|[\u00a1-\u00ac\u00ae-\u00bf\u2010-\u2027\u3001-\u3011])*"""
)
_LOOK_BACK = 30
_P_END = "</p>\n"


class LineGrowth:
    """A paragraph whose last line is plain text by now."""

    def __init__(self, source: str) -> None:
        self._spaces = source[len(source.rstrip(" ")) :]
        self._before = source[-2:].lower()
        self._room = MAX_BLOCK - len(source)

    @classmethod
    def of(cls, source: str, html: str) -> "LineGrowth | None":
        line = source.rfind("\n") + 1
        if not source[line : line + 1].isalpha() or not html.endswith(_P_END):
            return None
        if begins_line(source):
            return None
        start = max(line, len(source) - _LOOK_BACK)
        run = source[start:] if start == line else source[source.find(" ", start) :]
        text = run.rstrip(" ")
        if not text or not _INERT.fullmatch(run) or not html.endswith(text + _P_END):
            return None
        # A link or a definition may be waiting for its last quote or parenthesis.
        if "www" in run.lower() or "](" in source or "]:" in source:
            return None
        return cls(source)

    def extend(self, piece: str) -> tuple[str, str] | None:
        self._room -= len(piece)
        joined = self._before + piece.lower()
        if not _INERT.fullmatch(piece) or "www" in joined or self._room < 0:
            return None
        self._before = joined[-2:]
        text = piece.rstrip(" ")
        if not text:
            self._spaces += piece
            return _P_END, _P_END
        add = f"{self._spaces}{text}{_P_END}"
        self._spaces = piece[len(text) :]
        return _P_END, add


_TABLE_END = "</tbody>\n</table></div>\n"
_ROW, _ROW_END = "<tr>\n", "</tr>\n"


class TableGrowth:
    """A tail that ends with a table's rows: only the rows that are new are parsed.

    They are rendered behind the table's head and first row. A line that isn't complete may be no
    row yet, like "|"; then it stands below the table.
    """

    def __init__(self, render: Render, head: str, head_html: str, row: str, end: str) -> None:
        self._render = render
        self._head = head
        self._head_html = head_html
        self._row = row
        """Source of the last line while it is incomplete."""
        self._end = end
        """HTML of the tail after its complete rows."""
        self._widest = self._lines = self._length = 0

    @classmethod
    def of(cls, source: str, html: str, render: Render) -> "TableGrowth | None":
        if len(source) < MIN_LENGTH or not html.endswith(f"</tr>\n{_TABLE_END}"):
            return None
        if begins_line(source):
            return None
        first = html.index(_ROW_END, html.rindex("<tbody>\n")) + len(_ROW_END)
        lines = source.split("\n")
        others = html.count(_ROW, first)
        if lines[-1] and not others:
            return None
        head = "\n".join(lines[: len(lines) - others - (not lines[-1])]) + "\n"
        last = (lines[-1] or lines[-2]) if others else ""
        last_html = html[html.rindex(_ROW) :] if others else _TABLE_END
        # Ask the parser whether its rows are the last lines, as they should be.
        if bool(last.strip()) != bool(others) or render(head + last) != html[:first] + last_html:
            return None
        row = lines[-1] if others else ""
        growth = cls(render, head, html[:first], row, last_html if row else _TABLE_END)
        growth._widest = max(line.count("|") for line in lines)
        growth._lines, growth._length = len(lines), len(source)
        return growth

    def extend(self, piece: str) -> tuple[str, str] | None:
        *complete, row = (self._row + piece).split("\n")
        if not self._has_room([*complete, row], piece) or begins_line(self._row + piece):
            return None
        html = self._render(self._head + self._row + piece)
        body = html[len(self._head_html) :]
        close = body.find(_TABLE_END)
        if close < 0 or not html.startswith(self._head_html):
            return None
        count = body.count(_ROW, 0, close)
        if count == len(complete) + 1 and body.endswith(_TABLE_END, close):
            close = body.rindex(_ROW, 0, close)
        elif count != len(complete):
            return None
        old, self._row, self._end = self._end, row, body[close:]
        same = min(common_prefix(old, body), len(old) - 1)
        return old[same:], body[same:]

    def _has_room(self, lines: list[str], piece: str) -> bool:
        """Keep to the bounds of a block, for the table as a whole."""
        self._widest = max(self._widest, *(line.count("|") for line in lines))
        self._lines += len(lines) - 1
        self._length += len(piece)
        return self._length <= MAX_BLOCK and self._widest * self._lines <= MAX_CELLS


_ITEM = re.compile(r"^([-+*]|[0-9]{1,9}[.)])[ \t]", re.MULTILINE)


class ListGrowth:
    """A tail that ends with a list at the top level: only its last item is parsed.

    The last item is rendered behind a first one, made up, that gives it the list's kind and its
    looseness. A tight list that becomes loose changes as a whole, which the first item shows.
    """

    def __init__(self, render: Render, source: str, html: str) -> None:
        self._render = render
        self._room = MAX_BLOCK - len(source)
        self._item = source
        self._first = self._first_html = self._item_html = ""
        self._works = self._anchor(html)

    @classmethod
    def of(cls, source: str, html: str, render: Render) -> "ListGrowth | None":
        if len(source) < MIN_LENGTH or not html.endswith(("</ul>\n", "</ol>\n")):
            return None
        # A table in an item may change the item's other paragraphs.
        if "|" in source or begins_line(source):
            return None
        growth = cls(render, source, html)
        return growth if growth._works else None

    def extend(self, piece: str) -> tuple[str, str] | None:
        self._room -= len(piece)
        source = self._item + piece
        if self._room < 0 or "|" in piece or may_cut(source) or begins_line(source):
            return None
        html = self._render(self._first + source)
        if not html.startswith(self._first_html):
            return None
        old, new = self._item_html, html[len(self._first_html) :]
        if new[-6:] != old[-6:]:
            return None
        self._item, self._item_html = source, new
        if "\n" in piece:
            self._anchor(new)
        same = min(common_prefix(old, new), len(old) - 1)
        return old[same:], new[same:]

    def _anchor(self, html: str) -> bool:
        """Keep only the last item of `self._item`, whose HTML ends `html`."""
        marks = list(_ITEM.finditer(self._item))
        if not marks or (marks[-1].start() == 0 and self._first):
            return False
        item = self._item[marks[-1].start() :]
        mark = marks[-1][1]
        tight = self._behind(f"{mark} x\n", "<li>x</li>", item, html)
        loose = self._behind(f"{mark} x\n\n", "<li>\n<p>x</p>\n</li>", item, html)
        # An empty item, for one, doesn't tell which it is.
        known = tight or loose
        if known is None or (tight and loose):
            return False
        self._first, self._first_html, self._item_html = known
        self._item = item
        return True

    def _behind(self, first: str, shown: str, item: str, html: str) -> tuple[str, str, str] | None:
        """(source and HTML of the first item, HTML of the last) if that is how `html` ends."""
        both = self._render(first + item)
        start = both.find("<li>")
        head = both[:start] + shown + "\n"
        if both.startswith(head) and html.endswith("\n" + both[len(head) :]):
            return first, head, both[len(head) :]
        return None
