"""Which kind of export a chat is of is seen by its shape; file names are not asked."""

from collections.abc import Callable

import msgspec

from chat.importing import atelier, chatgpt, openwebui
from chat.importing.conversation import Conversation, UnreadableChat
from chat.importing.elements import Element


class Shape(msgspec.Struct):
    mapping: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    chat: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    format: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    title: msgspec.Raw = msgspec.Raw(b"null")


_shape = msgspec.json.Decoder(Shape)

Parse = Callable[[bytes], Conversation]


def parse(element: Element) -> Conversation:
    """One chat of an export. Raises UnreadableChat, which says why not."""
    if element.data is None:
        raise UnreadableChat("too_large")
    title = ""
    try:
        shape = _shape.decode(element.data)
        title = _title(shape.title)
        reader = _reader(shape)
        if reader is None:
            raise UnreadableChat("unknown", title)
        return reader(element.data)
    except (msgspec.MsgspecError, RecursionError, UnicodeError, ValueError) as error:
        raise UnreadableChat("unreadable", title) from error


def _reader(shape: Shape) -> Parse | None:
    if shape.mapping is not msgspec.UNSET:
        return chatgpt.parse
    if shape.chat is not msgspec.UNSET:
        return openwebui.parse
    if shape.format is not msgspec.UNSET:
        return atelier.parse
    return None


def _title(raw: msgspec.Raw) -> str:
    try:
        return msgspec.json.decode(raw, type=str)
    except (msgspec.MsgspecError, UnicodeError):
        return ""
