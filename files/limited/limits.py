"""What a file may cost, and how one says that it cannot be read."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes of memory and of one output file, seconds, and what a file may hold."""

    memory: int
    output: int
    seconds: int
    pixels: int
    pages: int
    chars: int


class Unreadable(Exception):
    """`code` is a key of files.sentences."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
