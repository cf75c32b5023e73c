"""The words of people as they are kept."""

import re

from django.conf import settings

from activity.text import storable
from gallery.refusals import EmptyInstruction, EmptyPrompt, TooLong, TooManyHashtags

MAX_CAPTION_CHARS = 20_000
MAX_HASHTAGS = 60
HASHTAG_CHARS = 100


def prompt(text: str) -> str:
    """Raises EmptyPrompt or TooLong."""
    text = _limited(text, settings.MAX_PROMPT_CHARS)
    if not text:
        raise EmptyPrompt
    return text


def instruction(text: str) -> str:
    """Raises EmptyInstruction or TooLong."""
    text = _limited(text, settings.MAX_PROMPT_CHARS)
    if not text:
        raise EmptyInstruction
    return text


def caption(text: str) -> str:
    """May be empty. Raises TooLong."""
    return _limited(text, MAX_CAPTION_CHARS)


def hashtags(text: str) -> list[str]:
    """Words with or without #, each once. Raises TooManyHashtags."""
    found = tags(re.split(r"[\s,;#＃]+", storable(text)))
    if len(found) > MAX_HASHTAGS:
        raise TooManyHashtags(limit=MAX_HASHTAGS)
    return found


def tags(words: "list[str]") -> list[str]:
    """What of these can be hashtags, without #, each once however it is written."""
    found: dict[str, str] = {}
    for word in words:
        tag = re.sub(r"[^\w]", "", storable(word))[:HASHTAG_CHARS]
        if tag:
            found.setdefault(tag.casefold(), tag)
    return list(found.values())


def language(text: str) -> str:
    return " ".join(storable(text).split())[:40]


def _limited(text: str, limit: int) -> str:
    text = storable(text).strip()
    if len(text) > limit:
        raise TooLong(limit=limit)
    return text
