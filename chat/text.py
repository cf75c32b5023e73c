"""The words of a message as they are kept."""

from django.conf import settings

from activity.text import storable
from chat.refusals import EmptyMessage, TooLong


def clean(text: str, *, may_be_empty: bool = False) -> str:
    """A message as it will be kept. Raises EmptyMessage or TooLong."""
    text = storable(text).strip()
    if not text and not may_be_empty:
        raise EmptyMessage
    if len(text) > settings.MAX_MESSAGE_CHARS:
        raise TooLong(limit=settings.MAX_MESSAGE_CHARS)
    return text
