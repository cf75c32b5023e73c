"""Link reference definitions, carried from where they stand to all that follows."""

import html
import re

from .options import parse

# More labels than this are not carried: each costs in every later block.
MAX_DEFINITIONS = 200
MAX_CHARACTERS = 20_000
MAX_TRIES = 500

_LABEL = re.compile(r"\[((?:[^\[\]\\]|\\.){1,200})\]:", re.DOTALL)
_RESOLVED = re.compile(r'<p><a href="([^"]*)"(?: title="([^"]*)")?>')


class Definitions:
    """The definitions known so far, as Markdown that can stand before any block."""

    def __init__(self) -> None:
        self.source = ""
        self._labels: set[str] = set()
        self._tries = 0

    def collect(self, block: str) -> None:
        """Add what `block`, which is closed, defines. The first definition of a label wins."""
        for match in _LABEL.finditer(block):
            label = match[1]
            name = " ".join(label.split()).casefold()
            if not name or name in self._labels or name.startswith("^"):  # that is a footnote
                continue
            if self._is_full():
                return
            self._tries += 1
            definition = _definition(block, label)
            if definition:
                self._labels.add(name)
                # Definitions can't be parted by less than an empty line from any block.
                self.source = f"{self.source[:-1]}{definition}\n\n"

    def _is_full(self) -> bool:
        return (
            len(self._labels) == MAX_DEFINITIONS
            or len(self.source) > MAX_CHARACTERS
            or self._tries == MAX_TRIES
        )


def _definition(block: str, label: str) -> str:
    """The definition of `label` that holds in `block`, written anew; "" when there is none."""
    match = _RESOLVED.match(parse(f"[{label}]\n\n{block}"))
    if match is None:
        return ""
    address = _escape(html.unescape(match[1]), r"\<>&")
    title = _escape(html.unescape(match[2] or ""), '\\"&')
    return f"[{label}]: <{address}>" + (f' "{title}"' if title else "")


def _escape(text: str, marks: str) -> str:
    return re.sub(rf"([{re.escape(marks)}])", r"\\\1", text)
