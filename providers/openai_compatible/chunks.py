"""The JSON of a chat answer, whole or in chunks.

Chunks are decoded into structs, which costs a microsecond. What does not fit them, as endpoints
vary, goes the slow way through plain objects and is read as far as it makes sense.
"""

import json
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from providers.base import MalformedAnswer, Usage
from providers.openai_compatible.parsing import UNREADABLE


class ImageURL(msgspec.Struct, gc=False):
    url: str = ""


class Image(msgspec.Struct):
    image_url: ImageURL | None = None


class Delta(msgspec.Struct):
    """A chunk's `delta`, or the `message` of an answer that came whole."""

    content: str | None = None
    reasoning: str | None = None
    reasoning_content: str | None = None
    refusal: str | None = None
    images: list[Image] | None = None


class Choice(msgspec.Struct):
    delta: Delta | None = None
    message: Delta | None = None
    finish_reason: str | None = None
    error: msgspec.Raw = msgspec.Raw()


class Chunk(msgspec.Struct):
    choices: list[Choice] | None = None
    usage: msgspec.Raw = msgspec.Raw()
    error: msgspec.Raw = msgspec.Raw()


_decode = msgspec.json.Decoder(Chunk).decode


def decode(data: bytes) -> Chunk:
    """Raises MalformedAnswer for what is no JSON object."""
    try:
        return _decode(data)
    except UNREADABLE:
        return _lenient(data)


def _lenient(data: bytes) -> Chunk:
    # The standard library also takes lone surrogates, which endpoints that cut an emoji in two
    # send; `providers.openai_compatible.text` joins them again.
    try:
        return _chunk(json.loads(data.decode("utf-8", "replace")))
    except (ValueError, RecursionError):
        raise MalformedAnswer(f"not a JSON object: {data[:200]!r}") from None


def _chunk(found: Any) -> Chunk:
    if not isinstance(found, dict):
        raise ValueError
    choices = found.get("choices")
    return Chunk(
        choices=[_choice(each) for each in choices] if isinstance(choices, list) else None,
        usage=_raw(found.get("usage")),
        error=_raw(found.get("error")),
    )


def _choice(found: Any) -> Choice:
    if not isinstance(found, dict):
        return Choice()
    reason = found.get("finish_reason")
    return Choice(
        delta=_delta(found.get("delta")),
        message=_delta(found.get("message")),
        finish_reason=reason if isinstance(reason, str) else None,
        error=_raw(found.get("error")),
    )


def _delta(found: Any) -> Delta | None:
    if not isinstance(found, dict):
        return None
    parts = found.get("content")
    content, reasoning = _text(parts), _text(found.get("reasoning"))
    if isinstance(parts, list):
        content = "".join(filter(None, (_part(each, "text") for each in parts)))
        reasoning = reasoning or "".join(filter(None, (_part(each, "thinking") for each in parts)))
    return Delta(
        content=content,
        reasoning=reasoning,
        reasoning_content=_text(found.get("reasoning_content")),
        refusal=_text(found.get("refusal")),
        images=_images(found.get("images")),
    )


def _text(found: Any) -> str | None:
    return found if isinstance(found, str) else None


def _part(found: Any, kind: str) -> str | None:
    """The text of one part of a content that is a list; thinking may itself be a list."""
    if isinstance(found, str):
        return found if kind == "text" else None
    inner = found.get(kind) if isinstance(found, dict) else None
    if isinstance(inner, list):
        return "".join(filter(None, (_part(each, "text") for each in inner)))
    return _text(inner)


def _images(found: Any) -> list[Image] | None:
    if not isinstance(found, list):
        return None
    urls = [each.get("image_url") for each in found if isinstance(each, dict)]
    texts = [each.get("url") if isinstance(each, dict) else each for each in urls]
    return [Image(ImageURL(text)) for text in texts if isinstance(text, str)]


def _raw(found: Any) -> msgspec.Raw:
    return msgspec.Raw(b"" if found is None else json.dumps(found).encode())


def parse_usage(raw: msgspec.Raw | bytes) -> Usage:
    """Tokens and cost under the names of chat answers and of image answers; odd ones are None."""
    try:
        found = json.loads(bytes(raw)) if bytes(raw) else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        return Usage()
    return Usage(
        prompt_tokens=_count(found.get("prompt_tokens", found.get("input_tokens"))),
        completion_tokens=_count(found.get("completion_tokens", found.get("output_tokens"))),
        cost=_money(found.get("cost")),
    )


def _count(found: Any) -> int | None:
    fits = isinstance(found, int) and not isinstance(found, bool) and 0 <= found < 2**31
    return found if fits else None


def _money(found: Any) -> Decimal | None:
    if isinstance(found, bool) or not isinstance(found, int | float | str):
        return None
    try:
        amount = Decimal(str(found))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and 0 <= amount < 1_000_000 else None
