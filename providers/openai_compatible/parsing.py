"""JSON from a stranger."""

from typing import Any

import msgspec

from providers.base import MalformedAnswer

# What bytes that are no JSON, no UTF-8, or nested without end raise.
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def parse(body: bytes, what: str) -> Any:
    """Raises MalformedAnswer, naming `what` it was."""
    try:
        return msgspec.json.decode(body)
    except UNREADABLE:
        raise MalformedAnswer(f"{what} is not JSON: {body[:200]!r}") from None
