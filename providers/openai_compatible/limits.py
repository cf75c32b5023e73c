"""How much an endpoint may send before it is cut off."""

from dataclasses import dataclass

from django.conf import settings

MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes, except `text`, which is characters of the answer."""

    line: int
    answer: int
    text: int


def text_limits() -> Limits:
    return Limits(line=MB, answer=32 * MB, text=settings.MAX_ANSWER_CHARS)


def image_limits() -> Limits:
    """An image travels as one line of base64."""
    return Limits(line=64 * MB, answer=192 * MB, text=settings.MAX_ANSWER_CHARS)


IMAGE_FILE = 48 * MB
ERROR_BODY = 64 * 1024
MODEL_LIST = 32 * MB
