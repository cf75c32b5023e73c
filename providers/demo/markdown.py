"""Small pieces of Markdown for the demo's answers."""

import re

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$&])")


def quoted(text: str, limit: int = 160) -> str:
    """The text on one line, shortened, with nothing in it that Markdown would read."""
    line = " ".join(text.split())
    if len(line) > limit:
        line = line[:limit].rsplit(" ", 1)[0] + "…"
    return _SPECIAL.sub(r"\\\1", line)


def word_count(text: str) -> int:
    return len(text.split())
