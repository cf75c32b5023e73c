"""The frames of text between worker, web process and page.

On Redis a frame is `epoch start end\\n` and then the page's JSON array without its first
element, the stream number, which differs from socket to socket. The web process puts that
number in front and parses nothing else. An empty message means: read a snapshot.
"""

from typing import NamedTuple

import msgspec

from activity.streaming.markdown import Delta
from activity.streaming.store import Snapshot

_encode = msgspec.json.Encoder().encode


class Frame(NamedTuple):
    epoch: int
    start: int
    end: int
    rest: str


def pack(*, epoch: int, start: int, end: int, delta: Delta) -> bytes:
    body = _encode((end, delta.drop, delta.add, delta.close))
    return b"%d %d %d\n%s" % (epoch, start, end, body[1:])


def unpack(data: bytes) -> Frame | None:
    if not data:
        return None
    head, _, rest = data.partition(b"\n")
    epoch, start, end = head.split(b" ")
    return Frame(int(epoch), int(start), int(end), rest.decode())


def for_socket(frame: Frame, stream: int) -> str:
    return f"[{stream},{frame.rest}"


def snapshot_for_socket(snapshot: Snapshot, stream: int, element: str) -> str:
    return _encode(("s", stream, element, snapshot.offset, snapshot.closed, snapshot.tail)).decode()
