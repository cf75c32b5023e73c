"""Text as the database can hold it."""


def storable(text: str) -> str:
    """With the replacement character for what the database cannot hold: NUL, lone surrogates."""
    text = text.replace("\r\n", "\n").replace("\0", "\ufffd")
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
