"""File names, as they are kept: they come from anywhere and go into pages and headers."""

import unicodedata
from pathlib import PurePosixPath

LONGEST = 120
"""Characters, so that no file system refuses it when it is saved again."""
BYTES = 240
# Characters that are not seen, but turn what stands around them.
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def cleaned(name: str, *, fallback: str = "file") -> str:
    """The last part of a path, without characters that deceive; its ending survives."""
    name = unicodedata.normalize("NFC", name.replace("\\", "/")).rstrip("/").rpartition("/")[2]
    name = "".join("" if unicodedata.category(one) in _HIDDEN else one for one in name)
    name = " ".join(name.split()).strip(". ")
    if not name:
        return fallback
    ending = PurePosixPath(name).suffix[:12]
    stem = name.removesuffix(ending)[: LONGEST - len(ending)]
    while len((stem + ending).encode()) > BYTES:
        stem = stem[:-1]
    return stem + ending
