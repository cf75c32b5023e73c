"""A title for a conversation, where the system message asks for one."""

import re
from collections.abc import Sequence

from providers.base import ChatMessage
from providers.demo.phrases import COMMON_WORDS

WORDS = 5
_WANTED = re.compile(r"\btitle for (?:this|the|a) (?:conversation|chat)\b", re.IGNORECASE)
_NAME = re.compile(r"^\s*user:\s*", re.IGNORECASE)
_WORD = re.compile(r"[^\W_][\w'-]*")


def asks_for_title(messages: Sequence[ChatMessage]) -> bool:
    return any(each.role == "system" and _WANTED.search(each.text) for each in messages)


def title_answer(messages: Sequence[ChatMessage]) -> str:
    """The telling words of the first line, in their order."""
    text = next((each.text for each in messages if each.role == "user"), "")
    line = _NAME.sub("", text).strip().partition("\n")[0]
    words = _WORD.findall(line)
    telling = [word for word in words if len(word) > 2 and word.lower() not in COMMON_WORDS]
    title = " ".join((telling or words)[:WORDS])
    return title[:1].upper() + title[1:] or "A short talk"
