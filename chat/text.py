"""The words of a message as they are kept."""

from django.conf import settings

from chat.refusals import EmptyMessage, TooLong


def storable(text: str) -> str:
    """With the replacement character for what the database cannot hold: NUL, lone surrogates."""
    text = text.replace("\r\n", "\n").replace("\0", "\ufffd")
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def clean(text: str) -> str:
    """A message as it will be kept. Raises EmptyMessage or TooLong."""
    text = storable(text).strip()
    if not text:
        raise EmptyMessage
    if len(text) > settings.MAX_MESSAGE_CHARS:
        raise TooLong(limit=settings.MAX_MESSAGE_CHARS)
    return text
