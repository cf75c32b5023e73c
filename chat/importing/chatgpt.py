"""ChatGPT's export: conversations as a `mapping` of nodes, of which many are not shown."""

import re

import msgspec

from chat.importing.conversation import Conversation, Node, UnreadableChat, arrange, moment
from chat.importing.notes import with_attachments
from chat.models import Role

SOURCE = "chatgpt"
REASONING = ("thoughts", "reasoning_recap")
CONTEXT = ("user_editable_context", "model_editable_context")
# Marks of citations and links: private characters around fields.
MARK = re.compile("\ue200([^\ue200\ue201]*)\ue201")
FILE_ID = re.compile(r"file[-_][\w-]+$")

Time = float | str | None


class Attachment(msgspec.Struct):
    id: str | None = None
    name: str | None = None


class Part(msgspec.Struct):
    """A piece of a message that is not plain text."""

    content_type: str | None = None
    asset_pointer: str | None = None
    text: str | None = None


class Content(msgspec.Struct):
    content_type: str = "text"
    parts: list[str | Part | None] | None = None
    text: str | None = None
    language: str | None = None


class Author(msgspec.Struct):
    role: str


class Metadata(msgspec.Struct):
    attachments: list[Attachment] | None = None
    model_slug: str | None = None
    is_visually_hidden_from_conversation: bool | None = None


class Message(msgspec.Struct):
    author: Author
    content: Content
    create_time: Time = None
    metadata: Metadata | None = None
    recipient: str | None = None


class MappingNode(msgspec.Struct):
    message: msgspec.Raw = msgspec.Raw(b"null")
    parent: str | None = None


class Chat(msgspec.Struct):
    mapping: dict[str, MappingNode]
    title: str | None = None
    conversation_id: str | None = None
    id: str | None = None
    current_node: str | None = None
    create_time: Time = None
    update_time: Time = None


_chat = msgspec.json.Decoder(Chat)
_message = msgspec.json.Decoder(Message | None)


def parse(data: bytes) -> Conversation:
    """Raises UnreadableChat, or an error of msgspec where the shape is another."""
    chat = _chat.decode(data)
    if not chat.mapping:
        raise UnreadableChat("empty", chat.title or "")
    return arrange(
        {name: _node(name, node) for name, node in chat.mapping.items()},
        source=SOURCE,
        id=chat.conversation_id or chat.id or next(iter(chat.mapping)),
        title=chat.title or "",
        current=chat.current_node,
        created_at=moment(chat.create_time),
        updated_at=moment(chat.update_time),
    )


def _node(name: str, mapped: MappingNode) -> Node:
    node = Node(name, mapped.parent)
    try:
        message = _message.decode(mapped.message)
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        node.left_out = {"unreadable": 1}
        return node
    if message is None:
        return node  # the root of the tree
    if reason := _why_hidden(message):
        # Every chat begins with an empty one of the system.
        if reason != "hidden" or any(message.content.parts or [message.content.text]):
            node.left_out = {reason: 1}
        return node
    metadata = message.metadata or Metadata()
    text, names = _text(message.content, metadata.attachments or [])
    node.text = with_attachments(text, names)
    node.model = metadata.model_slug or ""
    node.at = moment(message.create_time)
    if node.text:
        node.role = Role.USER if message.author.role == "user" else Role.ASSISTANT
        node.left_out = {"attachments": len(names)}
    else:
        node.left_out = {"no_text": 1}
    return node


def _why_hidden(message: Message) -> str:
    """Why ChatGPT's own page does not show a message; "" where it does."""
    role, kind = message.author.role, message.content.content_type
    if message.metadata and message.metadata.is_visually_hidden_from_conversation:
        return "hidden"
    if kind in REASONING:
        return "reasoning"
    if role == "system" or kind in CONTEXT:
        return "hidden"
    if role == "tool" and not _has_image(message.content):
        return "tool"
    if role == "assistant" and message.recipient not in (None, "all"):
        return "tool"
    return ""


def _has_image(content: Content) -> bool:
    return any(isinstance(part, Part) and part.asset_pointer for part in content.parts or [])


def _text(content: Content, attachments: list[Attachment]) -> tuple[str, list[str]]:
    """The text of a message, and the names of the files that belong to it."""
    names = {one.id: one.name or "" for one in attachments}
    files = {key: name for key, name in names.items() if key is not None}
    texts: list[str] = []
    for part in content.parts or []:
        if isinstance(part, str):
            texts.append(part)
        elif part is not None:
            texts.append(part.text or "")
            if part.asset_pointer:
                file_id = _file_id(part.asset_pointer)
                files.setdefault(file_id, (part.content_type or "file").split("_")[0])
    if content.text:
        is_code = content.content_type == "code"
        texts.append(_fenced(content.text, content.language) if is_code else content.text)
    text = "\n".join(one for one in texts if one)
    return MARK.sub(_unmark, text), list(files.values())


def _file_id(pointer: str) -> str:
    found = FILE_ID.search(pointer)
    return found[0] if found else pointer


def _fenced(code: str, language: str | None) -> str:
    name = language if language and language.isalnum() and language != "unknown" else ""
    return f"````{name}\n{code}\n````"


def _unmark(found: re.Match[str]) -> str:
    """A link is kept as one; a citation of what the export does not hold goes."""
    kind, *fields = found[1].split("\ue202")
    if kind == "url" and len(fields) == 2:
        return f"[{fields[0]}]({fields[1]})"
    return ""
