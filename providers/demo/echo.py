"""Demo Echo: an answer about the conversation itself, so that context can be seen to work."""

import re
from collections.abc import Sequence

from providers.base import ChatMessage
from providers.demo.markdown import quoted

_FIRST = re.compile(
    r"\b(first|begin|beginning|start|primeir[ao]|começo|início)\b.*\?"
    r"|\bsa(?:y|id)\b.*\bfirst\b|\bdiss?e\b.*\bprimeiro\b",
    re.IGNORECASE | re.DOTALL,
)
_LAST = re.compile(
    r"\b(before|previous|last|earlier|antes|anterior|últim[ao])\b.*\?", re.IGNORECASE | re.DOTALL
)


def echo_answer(messages: Sequence[ChatMessage]) -> str:
    spoken = [message for message in messages if message.role != "system"]
    mine = [message for message in spoken if message.role == "user"]
    if not mine:
        return "I have seen no message of yours yet."
    parts = [_direct(mine), _counts(spoken, mine), _earlier(mine[:-1]), _images(mine[-1])]
    return "\n\n".join(part for part in parts if part)


def _direct(mine: Sequence[ChatMessage]) -> str:
    """An answer to a question about the conversation, or an echo."""
    question, earlier = mine[-1].text, mine[:-1]
    if _FIRST.search(question):
        if earlier:
            return f"The first thing you said was: “{quoted(earlier[0].text)}”"
        return "This is the first thing you said to me, so there is nothing before it."
    if _LAST.search(question):
        if earlier:
            return f"Just before this you said: “{quoted(earlier[-1].text)}”"
        return "You have said nothing before this."
    return f"You said: “{quoted(question)}”" if question.strip() else "You sent no text."


def _counts(spoken: Sequence[ChatMessage], mine: Sequence[ChatMessage]) -> str:
    answers = len(spoken) - len(mine)
    return (
        f"I have seen **{len(spoken)} {_plural('message', len(spoken))}** in this conversation: "
        f"{len(mine)} of yours and {answers} {_plural('answer', answers)}."
    )


def _earlier(earlier: Sequence[ChatMessage]) -> str:
    if not earlier:
        return ""
    shown = earlier[-10:]
    start = len(earlier) - len(shown) + 1
    lines = [f"{number}. {quoted(each.text)}" for number, each in enumerate(shown, start)]
    title = "What you said earlier:" if len(shown) == len(earlier) else "What you said lately:"
    return "\n".join([title, "", *lines])


def _images(message: ChatMessage) -> str:
    count = len(message.images)
    return f"With it came {count} {_plural('image', count)}." if count else ""


def _plural(word: str, count: int) -> str:
    return word if count == 1 else word + "s"


def echo_thoughts(messages: Sequence[ChatMessage]) -> str:
    """What it says to itself first: so that reasoning can be seen without a model that has any."""
    mine = [message for message in messages if message.role == "user"]
    if not mine:
        return ""
    return (
        f"The conversation has {len(messages)} {_plural('message', len(messages))}. "
        "I look for a question about what was said before; if there is none, I repeat the last one."
    )
