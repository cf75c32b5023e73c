"""A caption out of what a model writes: JSON as it was asked to, or plain text all the same."""

import html
import json
import re
from dataclasses import dataclass, field
from typing import Any

from activity.text import storable
from gallery.words import MAX_CAPTION_CHARS, MAX_HASHTAGS, tags
from providers.base import ProviderError, TooLarge

MAX_ANSWER_CHARS = 2 * MAX_CAPTION_CHARS
_THOUGHTS = re.compile(r"\A\s*<think>.*?(?:</think>|\Z)", re.DOTALL | re.IGNORECASE)
_FENCE = re.compile(r"\A\s*```[a-z]*\s*")
_CAPTION = re.compile(r'"caption"\s*:\s*"')
_STRING = re.compile(r'(?:[^"\\]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*')
_HALF = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\Z")
_LABEL = re.compile(r"\A\W*(?:caption|legenda)\s*:\W*?(?=[^\W_]|[\"'“])", re.IGNORECASE)
_TAGS_AT_END = re.compile(r"(?:(?:\s|\A)(?:hashtags\s*:\s*)?(?:[#＃]\w+[\s,]*)+)\Z", re.IGNORECASE)
_TAG = re.compile(r"[#＃](\w+)")


class NoCaption(ProviderError):
    """The model answered, but with nothing that can stand under a picture."""

    code = "no_caption"


@dataclass(frozen=True, slots=True)
class Caption:
    text: str
    hashtags: list[str] = field(default_factory=list)


class CaptionReader:
    """Takes an answer as it comes, and tells what of it is caption."""

    def __init__(self) -> None:
        self._answer = ""
        self._told = 0

    def feed(self, text: str) -> str:
        """What can be shown more of the caption. Raises TooLarge."""
        self._answer += text
        if len(self._answer) > MAX_ANSWER_CHARS:
            raise TooLarge("the caption is longer than the limit")
        so_far = self._so_far()
        more = so_far[self._told :]
        self._told += len(more)
        return more

    def end(self) -> Caption:
        """The whole caption. Raises NoCaption."""
        body = _body(self._answer)
        found = _parsed(body)
        if found is None and _CAPTION.search(body):  # JSON that was cut off or is not quite right
            found = {"caption": _string(body), "hashtags": _TAG.findall(body)}
        caption = _from_json(found) if found is not None else _from_text(body)
        if not caption.text:
            raise NoCaption(self._answer[:500])
        return caption

    def _so_far(self) -> str:
        body = _body(self._answer)
        if not body:
            return ""
        if not body.startswith("{"):
            return "" if _may_be_fence(self._answer) else body.rstrip()
        return _string(body).lstrip().rstrip()


def _body(answer: str) -> str:
    """The answer without thoughts before it and a fence around it."""
    answer = _THOUGHTS.sub("", answer)
    return _FENCE.sub("", answer).lstrip()


def _may_be_fence(answer: str) -> bool:
    start = answer.lstrip()
    return "```".startswith(start) or "<think>".startswith(start.lower())


def _string(body: str) -> str:
    """The caption in JSON that may not have come whole."""
    start = _CAPTION.search(body)
    if start is None:
        return ""
    found = _STRING.match(body, start.end())
    raw = _HALF.sub("", found[0]) if found else ""  # of a pair: its other half is still to come
    text: str = json.loads(f'"{raw}"', strict=False)
    return text


def _parsed(body: str) -> dict[str, Any] | None:
    start, end = body.find("{"), body.rfind("}")
    if start != 0 or end < start:
        return None
    try:
        found = json.loads(body[start : end + 1], strict=False)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _from_json(found: dict[str, Any]) -> Caption:
    text, given = found.get("caption"), found.get("hashtags")
    words = given if isinstance(given, list) else re.split(r"[\s,]+", str(given or ""))
    caption = _from_text(text) if isinstance(text, str) else Caption("")
    found_tags = tags([str(word) for word in words])
    return Caption(caption.text, (found_tags or caption.hashtags)[:MAX_HASHTAGS])


def _from_text(text: str) -> Caption:
    """Hashtags are taken from the end, where they are no part of a sentence."""
    text = storable(text).strip().removesuffix("```").strip()
    text = _LABEL.sub("", text, count=1)
    end = _TAGS_AT_END.search(text)
    hashtags = tags(_TAG.findall(end[0])) if end else []
    text = (text[: end.start()] if end else text).strip()
    if len(text) > 2 and (text[0], text[-1]) in (('"', '"'), ("“", "”")):
        text = text[1:-1].strip()
    return Caption(text[:MAX_CAPTION_CHARS], hashtags[:MAX_HASHTAGS])


# A caption is plain text, but a stream is rendered as Markdown: so it goes there with nothing in
# it that Markdown could take for a mark, and comes back the same.
_MARKS = re.compile(r"[!-/:-@\[-`{-~]")


def as_markdown(text: str) -> str:
    return _MARKS.sub(lambda mark: f"&#{ord(mark[0])};", text)


def from_markdown(text: str) -> str:
    return html.unescape(text)
