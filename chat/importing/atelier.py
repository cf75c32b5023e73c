"""Our own export of a thread, from here or from another Atelier."""

from typing import Annotated, Literal

import msgspec

from chat.exporting.documents import FORMAT, VERSION
from chat.importing.conversation import Conversation, Node, UnreadableChat, arrange, moment
from chat.models import Role, Status

SOURCE = "atelier"

Number = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
Cost = Annotated[str, msgspec.Meta(pattern=r"^\d{1,6}(\.\d{1,8})?$")]


class ModelName(msgspec.Struct):
    slug: str = ""
    name: str = ""


class Message(msgspec.Struct):
    id: str
    role: Literal["user", "assistant"]
    content: str
    parent: str | None = None
    model: ModelName | None = None
    status: Literal["completed", "stopped", "failed", "interrupted", "generating"] = "completed"
    created_at: str | None = None
    prompt_tokens: Number | None = None
    completion_tokens: Number | None = None
    cost: Cost | None = None
    seconds: Annotated[float, msgspec.Meta(ge=0)] | None = None


class Thread(msgspec.Struct):
    id: str
    title: str = ""
    leaf: str | None = None
    created_at: str | None = None
    last_activity_at: str | None = None


class Document(msgspec.Struct):
    format: str
    version: int
    thread: Thread
    messages: list[msgspec.Raw]


_document = msgspec.json.Decoder(Document)
_message = msgspec.json.Decoder(Message)


def parse(data: bytes) -> Conversation:
    """Raises UnreadableChat, or an error of msgspec where the shape is another."""
    document = _document.decode(data)
    thread = document.thread
    if document.format != FORMAT or document.version > VERSION:
        raise UnreadableChat("unknown", thread.title)
    nodes = [_node(number, raw) for number, raw in enumerate(document.messages)]
    return arrange(
        {node.id: node for node in nodes},
        source=SOURCE,
        id=thread.id,
        title=thread.title,
        current=thread.leaf,
        created_at=moment(thread.created_at),
        updated_at=moment(thread.last_activity_at),
    )


def _node(number: int, raw: msgspec.Raw) -> Node:
    try:
        message = _message.decode(raw)
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        return Node(f"unreadable {number}", None, left_out={"unreadable": 1})
    model = message.model or ModelName()
    status = Status.INTERRUPTED if message.status == "generating" else Status(message.status)
    return Node(
        message.id,
        message.parent,
        role=Role(message.role),
        text=message.content,
        model=model.slug or model.name,
        at=moment(message.created_at),
        status=status,
        prompt_tokens=message.prompt_tokens,
        completion_tokens=message.completion_tokens,
        cost=message.cost,
        seconds=message.seconds,
    )
