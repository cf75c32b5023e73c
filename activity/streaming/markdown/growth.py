"""Open tails that can grow without being parsed again, exactly as if they had been."""

import re
from collections.abc import Callable
from typing import Protocol

from .delta import common_prefix
from .options import MAX_BLOCK, MAX_CELLS, MAX_GROWTH

Render = Callable[[str], str]


class Growth(Protocol):
    def extend(self, piece: str) -> tuple[str, str] | None:
        """(end of the HTML to drop, HTML to add), or None: parse the tail anew."""


# Characters that mean nothing to Markdown within a line that begins with a letter. Not "@", "/"
# or "www", which may make a link.
_INERT = re.compile(r"""(?:[^\W_]|[ .,;:!?'"()+=%{}^#-]|[\u2010-\u2027\u3001-\u3011])*""")
_P_END = "</p>\n"


class LineGrowth:
    """A tail of one plain line."""

    def __init__(self, source: str) -> None:
        self._spaces = source[len(source.rstrip(" ")) :]
        self._before = source[-2:].lower()
        self._room = MAX_BLOCK - len(source)

    @classmethod
    def of(cls, source: str, html: str) -> "LineGrowth | None":
        if html[3:-5] != source.rstrip(" ") or html[:3] != "<p>" or not source[0].isalpha():
            return None
        if not _INERT.fullmatch(source) or "www" in source.lower():
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
_ROW = "<tr>\n"


class TableGrowth:
    """A tail that ends with a table's rows: only the rows that are new are parsed."""

    def __init__(self, render: Render, head: str, head_html: str, row: str, row_html: str) -> None:
        self._render = render
        self._head = head
        self._head_html = head_html
        self._row = row
        """Source of the last row while its line is incomplete."""
        self._row_html = row_html
        self._widest = self._lines = self._source_length = self._html_length = 0

    @classmethod
    def of(cls, source: str, html: str, render: Render) -> "TableGrowth | None":
        if len(source) < 1000 or not html.endswith(f"</tr>\n{_TABLE_END}"):
            return None
        body = html.rindex("<tbody>\n") + len("<tbody>\n")
        lines = source.split("\n")
        row = lines[-1]
        count = html.count(_ROW, body)
        complete = count - bool(row)
        head = "\n".join(lines[: len(lines) - 1 - complete]) + "\n"
        row_html = html[html.rindex(_ROW) : -len(_TABLE_END)] if row else ""
        growth = cls(render, head, html[:body], row, row_html)
        growth._widest = max(line.count("|") for line in lines)
        growth._lines = len(lines)
        growth._source_length, growth._html_length = len(source), len(html)
        return growth

    def extend(self, piece: str) -> tuple[str, str] | None:
        source = self._row + piece
        lines = source.split("\n")
        row = lines[-1]
        if not self._has_room(lines, piece):
            return None
        html = self._render(self._head + source)
        rows = html[len(self._head_html) : -len(_TABLE_END)]
        count = rows.count(_ROW)
        if (
            not html.startswith(self._head_html)
            or not html.endswith(_TABLE_END)
            or count != len(lines) - (not row)
        ):
            return None
        old = self._row_html + _TABLE_END
        new = rows + _TABLE_END
        self._html_length += len(new) - len(old)
        if self._html_length > MAX_GROWTH * self._source_length:
            return None
        self._row, self._row_html = row, rows[rows.rindex(_ROW) :] if row else ""
        same = min(common_prefix(old, new), len(old) - 1)
        return old[same:], new[same:]

    def _has_room(self, lines: list[str], piece: str) -> bool:
        """Keep to the bounds of a block, for the table as a whole."""
        self._widest = max(self._widest, *(line.count("|") for line in lines))
        self._lines += len(lines) - 1
        self._source_length += len(piece)
        return self._source_length <= MAX_BLOCK and self._widest * self._lines <= MAX_CELLS
