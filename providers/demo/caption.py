"""A caption for a post, where the system message asks for one: JSON, as it says."""

import json
import random
import re
from collections.abc import Sequence

from providers.base import ChatMessage
from providers.demo.phrases import COMMON_WORDS

TAGS = 5
_WANTED = re.compile(r"\bcaptions for social media posts\b", re.IGNORECASE)
_ABOUT = re.compile(r"^\s*the post is about:\s*", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_][\w'-]{2,}")
_SENTENCE = re.compile(r"[^.!?\n]+[.!?]?")
_OPENINGS = (
    "First light, and everything is in its place.",
    "Some things are worth waiting for.",
    "Made slowly, shown today.",
    "A quiet moment before the doors open.",
    "This is what we have been working on.",
)
_CLOSINGS = (
    "Come and see it for yourself.",
    "Tell us what you think of it.",
    "More of it soon.",
    "We saved you a place.",
    "Which one would you take home?",
)


def asks_for_caption(messages: Sequence[ChatMessage]) -> bool:
    return any(each.role == "system" and _WANTED.search(each.text) for each in messages)


def caption_answer(messages: Sequence[ChatMessage]) -> str:
    """Around the words of the prompt and of what should change; the same for the same."""
    said = [_ABOUT.sub("", each.text) for each in messages if each.role == "user"]
    dice = random.Random("\n".join(each.text for each in messages))  # noqa: S311
    sentences = [line.strip() for line in _SENTENCE.findall(said[0] if said else "")]
    body = " ".join(line for line in sentences if line)[:280]
    wishes = [f"({wish.strip()[:120]})" for wish in said[1:]]
    paragraphs = [dice.choice(_OPENINGS), body, *wishes, dice.choice(_CLOSINGS)]
    caption = "\n\n".join(each for each in paragraphs if each)
    return json.dumps({"caption": caption, "hashtags": _hashtags(said)}, ensure_ascii=False)


def _hashtags(said: Sequence[str]) -> list[str]:
    words = [word.lower().strip("'-") for text in said for word in _WORD.findall(text)]
    telling = [word.replace("-", "").replace("'", "") for word in words if word not in COMMON_WORDS]
    return list(dict.fromkeys(telling))[:TAGS] or ["demo"]
