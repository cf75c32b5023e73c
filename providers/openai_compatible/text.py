"""Text as Postgres and browsers take it: no NUL, no lone surrogate."""

import re

_UNWANTED = re.compile("[\x00\ud800-\udfff]")
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")


class TextMender:
    """Mends a text that comes in pieces. A character that was cut into two surrogates is whole
    again; a surrogate that stays alone, and NUL, become U+FFFD."""

    def __init__(self) -> None:
        self._held = ""  # a high surrogate whose other half may be in the next piece

    def mend(self, piece: str) -> str:
        if not self._held and (piece.isascii() or not _UNWANTED.search(piece)):
            return piece.replace("\x00", "�") if "\x00" in piece else piece
        piece = self._held + piece
        self._held = ""
        if piece and "\ud800" <= piece[-1] <= "\udbff":
            piece, self._held = piece[:-1], piece[-1]
        return clean(piece)

    def finish(self) -> str:
        """What a piece that never came leaves behind."""
        held, self._held = self._held, ""
        return "�" if held else ""


def clean(text: str) -> str:
    return _UNWANTED.sub("�", _PAIR.sub(_joined, text))


def _joined(match: re.Match[str]) -> str:
    return match[0].encode("utf-16", "surrogatepass").decode("utf-16")
