"""Open WebUI's export: a list of chats whose history is a tree of messages."""

import msgspec

from chat.importing.conversation import Conversation, Node, arrange, in_a_row, moment
from chat.importing.notes import with_attachments
from chat.models import Role, Status

SOURCE = "openwebui"
# Reasoning and tool calls stand inside the text, as elements that its own page folds.
FOLDED, FOLD_END = '<details type="', "</details>"

Time = float | str | None


class Part(msgspec.Struct):
    text: str | None = None


class File(msgspec.Struct):
    type: str | None = None
    name: str | None = None


class Message(msgspec.Struct, rename="camel"):
    role: str
    content: str | list[Part] | None = None
    id: str | None = None
    parent_id: str | None = None
    timestamp: Time = None
    model: str | None = None
    model_name: str | None = None
    files: list[File] | None = None
    error: msgspec.Raw = msgspec.Raw(b"null")


class History(msgspec.Struct, rename="camel"):
    messages: dict[str, msgspec.Raw]
    current_id: str | None = None


class Inner(msgspec.Struct):
    title: str | None = None
    id: str | None = None
    history: History | None = None
    messages: list[msgspec.Raw] | None = None
    timestamp: Time = None


class Chat(msgspec.Struct):
    chat: Inner
    id: str | None = None
    title: str | None = None
    created_at: Time = None
    updated_at: Time = None


_chat = msgspec.json.Decoder(Chat)
_message = msgspec.json.Decoder(Message)


def parse(data: bytes) -> Conversation:
    """Raises UnreadableChat, or an error of msgspec where the shape is another."""
    chat = _chat.decode(data)
    inner = chat.chat
    if inner.history and inner.history.messages:
        nodes = {name: _node(name, raw) for name, raw in inner.history.messages.items()}
        current = inner.history.current_id
    else:  # exports of before there were branches
        rows = enumerate(inner.messages or [])
        nodes = in_a_row(_node(str(number), raw) for number, raw in rows)
        current = next(reversed(nodes), None)
    return arrange(
        nodes,
        source=SOURCE,
        id=chat.id or inner.id or next(iter(nodes), ""),
        title=chat.title or inner.title or "",
        current=current,
        created_at=moment(chat.created_at) or moment(inner.timestamp),
        updated_at=moment(chat.updated_at),
    )


def _node(name: str, raw: msgspec.Raw) -> Node:
    try:
        message = _message.decode(raw)
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        return Node(name, _parent_of(raw), left_out={"unreadable": 1})
    node = Node(name, message.parent_id)
    if message.role not in ("user", "assistant"):
        node.left_out = {"hidden": 1}
        return node
    text, folds = _unfolded(_text(message.content))
    names = [one.name or one.type or "" for one in message.files or []]
    node.text = with_attachments(text, names)
    node.model = message.model_name or message.model or ""
    node.at = moment(message.timestamp)
    failed = message.role == "assistant" and bytes(message.error) not in (b"null", b"false")
    if failed:
        node.status = Status.FAILED
    if node.text or failed:
        node.role = Role(message.role)
        node.left_out = {"attachments": len(names), "reasoning": folds}
    else:
        node.left_out = {"reasoning": folds} if folds else {"no_text": 1}
    return node


class _Parent(msgspec.Struct, rename="camel"):
    parent_id: str | None = None


def _parent_of(raw: msgspec.Raw) -> str | None:
    """Of a message that cannot be read, for what follows it to keep its place."""
    try:
        return msgspec.json.decode(raw, type=_Parent).parent_id
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        return None


def _text(content: str | list[Part] | None) -> str:
    if isinstance(content, list):
        return "\n".join(part.text or "" for part in content)
    return content or ""


def _unfolded(text: str) -> tuple[str, int]:
    """The text without what is folded, and how many folds there were."""
    kept: list[str] = []
    at = folds = 0
    while (begin := text.find(FOLDED, at)) >= 0:
        end = text.find(FOLD_END, begin)
        if end < 0:
            break
        kept.append(text[at:begin])
        at = end + len(FOLD_END)
        folds += 1
    kept.append(text[at:])
    return "".join(kept), folds
