"""The words of a message as they are kept."""

from django.conf import settings

from chat.refusals import EmptyMessage, TooLong


def clean(text: str) -> str:
    """The text as it will be kept. NUL and lone surrogates, which the database cannot hold,
    become the replacement character. Raises EmptyMessage or TooLong."""
    text = text.replace("\r\n", "\n").replace("\0", "\ufffd")
    text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").strip()
    if not text:
        raise EmptyMessage
    if len(text) > settings.MAX_MESSAGE_CHARS:
        raise TooLong(limit=settings.MAX_MESSAGE_CHARS)
    return text
