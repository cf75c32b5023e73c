"""A caption and hashtags for a post, where the system message asks for both as JSON."""

import json
import random
import re
from collections.abc import Sequence

from providers.base import ChatMessage
from providers.demo.phrases import COMMON_WORDS, SENTENCES

HASHTAGS = 5
_WANTED = re.compile(r'JSON.*"caption".*"hashtags"', re.DOTALL)
_ABOUT = re.compile(r"\A[^\n]*:\n")
_FIRST = re.compile(r"[^.!?\n]+[.!?]?")
_WORD = re.compile(r"[^\W\d_][\w'-]{2,}")
_ENDINGS = (
    "Come and see for yourself.",
    "Which one would you choose?",
    "Save this for later, or send it to somebody who would like it.",
    "More of this soon.",
)


def asks_for_caption(messages: Sequence[ChatMessage]) -> bool:
    return any(each.role == "system" and _WANTED.search(each.text) for each in messages)


def caption_answer(messages: Sequence[ChatMessage]) -> str:
    """The first words of the prompt, two sentences around it, an ending; another one for every
    change that is asked for."""
    asked = [each.text for each in messages if each.role == "user"]
    prompt = _ABOUT.sub("", asked[0]).strip() if asked else ""
    dice = random.Random("\n".join(each.text for each in messages))  # noqa: S311
    words = [word for word in _WORD.findall(prompt) if word.lower() not in COMMON_WORDS]
    topics = list(dict.fromkeys(word.lower() for word in words)) or ["this"]
    first = _FIRST.match(prompt)
    hook = first[0].strip() if first else "Something new"
    sentences = [_about(sentence, topics, dice) for sentence in dice.sample(SENTENCES, 2)]
    caption = f"{hook}\n\n{' '.join(sentences)}\n\n{dice.choice(_ENDINGS)}"
    hashtags = [topic.replace("-", "").replace("'", "") for topic in topics[:HASHTAGS]]
    return json.dumps({"caption": caption, "hashtags": hashtags}, ensure_ascii=False)


def _about(sentence: str, topics: Sequence[str], dice: random.Random) -> str:
    topic, other = dice.sample(topics, 2) if len(topics) > 1 else (topics[0], "everything else")
    said = sentence.format(topic=topic, other=other)
    return said[:1].upper() + said[1:]
