"""Server-sent events, split from bytes as they come."""

from providers.base import TooLarge

_PREFIX = b"data: "
_END = b"\n\n"
_BOM = b"\xef\xbb\xbf"


class EventSplitter:
    """Feed it what the network brings, of any size; it returns the data of the events that are
    whole. Knows comments, data of several lines, every line ending, and a byte order mark."""

    def __init__(self, line_limit: int) -> None:
        self._limit = line_limit
        self._rest = bytearray()  # a line whose end has not come yet
        self._data: list[bytes] = []  # data lines of an event whose end has not come yet
        self._size = 0
        self._after_cr = False
        self._first_line = True

    def feed(self, chunk: bytes) -> list[bytes]:
        if (
            chunk.startswith(_PREFIX)
            and chunk.endswith(_END)
            and not self._rest
            and not self._data
            and b"\r" not in chunk
            and len(chunk) <= self._limit
        ):
            # What nearly every read is: whole events of one line of data each.
            events = chunk[6:-2].split(b"\n\ndata: ")
            if chunk.count(b"\n") == 2 * len(events):
                self._after_cr = self._first_line = False
                return events
        return self._feed_lines(chunk)

    def finish(self) -> list[bytes]:
        """The event that the end of the stream left without its empty line, if any."""
        return self._feed_lines(b"\n\n") if self._rest or self._data else []

    def _feed_lines(self, chunk: bytes) -> list[bytes]:
        chunk = self._with_plain_line_ends(chunk)
        if b"\n" not in chunk:
            self._rest += chunk
            self._check(len(self._rest))
            return []
        head, _, tail = chunk.rpartition(b"\n")
        lines = (bytes(self._rest) + head).split(b"\n")
        self._rest = bytearray(tail)
        self._check(len(tail))
        events: list[bytes] = []
        for line in lines:
            if line:
                self._take_line(line)
            elif self._data:
                events.append(b"\n".join(self._data))
                self._data = []
                self._size = 0
        return events

    def _with_plain_line_ends(self, chunk: bytes) -> bytes:
        # A CR may be the last byte of one chunk and its LF the first of the next.
        if self._after_cr and chunk.startswith(b"\n"):
            chunk = chunk[1:]
            self._after_cr = False
        if chunk:
            self._after_cr = chunk.endswith(b"\r")
        if b"\r" in chunk:
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        return chunk

    def _take_line(self, line: bytes) -> None:
        self._check(len(line))
        if self._first_line:
            self._first_line = False
            line = line.removeprefix(_BOM)
        if line.startswith(b"data:"):
            value = line[5:].removeprefix(b" ")
            self._data.append(value)
            self._size += len(value)
            self._check(self._size)

    def _check(self, size: int) -> None:
        if size > self._limit:
            raise TooLarge(f"a line of more than {self._limit} bytes")
