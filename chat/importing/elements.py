"""The objects of a JSON file one by one, however large the file is.

Only brackets and quotes are looked at; what is between them is for whoever decodes the object.
So a broken one spoils nothing but itself, and memory holds one at a time.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

CHUNK = 256 * 1024
MAX_ELEMENT = 64 * 1024 * 1024
MAX_BRACKETS = 1_000_000  # an object takes 100 times its two bytes once it is decoded

_BRACKET_OR_QUOTE = re.compile(rb'["{}\[\]]')
_IN_STRING = re.compile(rb'(?:[^"\\]++|\\.)*+', re.DOTALL)  # matches nothing, too
_BOM = b"\xef\xbb\xbf"


class NotJson(Exception):
    """The file does not begin with an object or a list."""


class CutOff(Exception):
    """The file ends inside an object, or before its list does."""


@dataclass(frozen=True, slots=True)
class Element:
    """An object's bytes, None where it is larger than we take, and the offset that follows it."""

    data: bytes | None
    end: int


def elements(file: IO[bytes], start: int = 0) -> Iterator[Element]:
    """The objects of a file that holds a list of them, or one, or several in a row, from an
    offset that an earlier run reached. Raises NotJson, and CutOff at the end."""
    base, begin = _opening(file)
    yield from _Splitter(base).run(file, max(start, begin))


def _opening(file: IO[bytes]) -> tuple[int, int]:
    """How deep the objects lie (1 in a list), and where to begin."""
    file.seek(0)
    head = file.read(CHUNK)
    text = head.removeprefix(_BOM).lstrip()
    begin = len(head) - len(text)
    if text[:1] == b"[":
        return 1, begin + 1
    if text[:1] == b"{":
        return 0, begin
    raise NotJson


class _Splitter:
    def __init__(self, base: int) -> None:
        self.base = self.depth = base
        self.in_string = self.escaped = False
        self.offset = 0  # of the chunk
        self.kept = bytearray()  # of the object, from chunks before
        self.size = self.brackets = 0

    def run(self, file: IO[bytes], start: int) -> Iterator[Element]:
        file.seek(start)
        self.offset = start
        while chunk := file.read(CHUNK):
            yield from self._split(chunk)
            if self.depth < self.base:
                return  # what follows the list is not ours
            self.offset += len(chunk)
        if self.depth > 0:
            raise CutOff

    def _split(self, chunk: bytes) -> Iterator[Element]:
        begin = 0  # of what belongs to the object
        at = 1 if self.escaped else 0
        self.escaped = False
        while at < len(chunk):
            if self.in_string:
                at = self._leave_string(chunk, at)
                continue
            found = _BRACKET_OR_QUOTE.search(chunk, at)
            if found is None:
                break
            at = found.end()
            mark = chunk[at - 1]
            if mark == 0x22:
                self.in_string = True
            elif mark in b"{[":
                if self.depth == self.base:
                    begin = at - 1
                self.depth += 1
                self.brackets += 1
            else:
                self.depth -= 1
                if self.depth == self.base:
                    yield self._element(chunk[begin:at], self.offset + at)
                    begin = at
                elif self.depth < self.base:
                    return
        if self.depth > self.base:
            self._keep(chunk[begin:])

    def _leave_string(self, chunk: bytes, at: int) -> int:
        """The index after the string's end, or the chunk's where that comes first."""
        if found := _IN_STRING.match(chunk, at):
            at = found.end()
        if at < len(chunk):
            self.escaped = chunk[at] == 0x5C  # the chunk's last byte: what it escapes follows
            self.in_string = self.escaped
        return at + 1

    def _keep(self, piece: bytes) -> None:
        self.size += len(piece)
        if self._is_fit():
            self.kept += piece
        else:
            self.kept.clear()

    def _element(self, piece: bytes, end: int) -> Element:
        self._keep(piece)
        element = Element(bytes(self.kept) if self._is_fit() else None, end)
        self.kept.clear()
        self.size = self.brackets = 0
        return element

    def _is_fit(self) -> bool:
        return self.size <= MAX_ELEMENT and self.brackets <= MAX_BRACKETS
