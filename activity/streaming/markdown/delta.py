"""What a viewer must do to its open tail to follow the answer."""

from typing import NamedTuple


class Delta(NamedTuple):
    """tail = tail[:-drop] + add; then tail[:close] is closed for ever. In UTF-16 units."""

    drop: int
    add: str
    close: int


NOTHING = Delta(0, "", 0)


def utf16_length(text: str) -> int:
    if text.isascii():
        return len(text)
    return len(text.encode("utf-16-le")) // 2


def common_prefix(old: str, new: str) -> int:
    """Length of the longest common prefix, by comparing slices and not characters."""
    low, high = 0, min(len(old), len(new))
    if old[:high] == new[:high]:
        return high
    while high - low > 1:
        middle = (low + high) // 2
        if old[low:middle] == new[low:middle]:
            low = middle
        else:
            high = middle
    return low


def difference(old: str, new: str, close: str = "") -> Delta:
    """The delta that makes `close + new` of the tail `old`, and closes `close`."""
    whole = close + new
    same = common_prefix(old, whole)
    return Delta(utf16_length(old[same:]), whole[same:], utf16_length(close))
