"""One thread as a document, part by part: JSON has the whole tree and all that is known of each
message, Markdown what the page shows."""

import re
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import msgspec
from django.utils.translation import gettext as _

from chat.exporting.names import file_name
from chat.models import Message, Role, Status, Thread
from files.models import File

FORMAT = "atelier.thread"
VERSION = 1

Pages = Iterable[Sequence[Message]]
Parts = Generator[bytes, None, None]

_MARKUP = re.compile(r"[\\`*_\[\]<>&!#~|]")

_encode = msgspec.json.Encoder(decimal_format="string").encode


def as_json(thread: Thread, messages: Pages, *, in_archive: bool = False) -> Parts:
    """`in_archive`: the attached files are beside it."""
    head = _encode(
        {"format": FORMAT, "version": VERSION, "exported_at": _now(), "thread": _thread(thread)}
    )
    yield head[:-1] + b',"messages":['
    comma = b"\n"
    for page in messages:
        lines = [_encode(_message(message, in_archive)) for message in page]
        if lines:
            yield comma + b",\n".join(lines)
            comma = b",\n"
    yield b"\n]}\n"


def _thread(thread: Thread) -> dict[str, Any]:
    return {
        "id": thread.pk,
        "title": thread.title,
        "model": _model(thread.model),
        "leaf": thread.leaf_id,
        "created_at": thread.created_at,
        "last_activity_at": thread.last_activity_at,
    }


def _message(message: Message, in_archive: bool) -> dict[str, Any]:
    return {
        "id": message.pk,
        "parent": message.parent_id,
        "role": message.role,
        "content": message.content,
        "attachments": [_file(file, in_archive) for file in message.files],
        "model": _model(message.model, message.model_name),
        "status": message.status,
        "error_code": message.error_code,
        "prompt_tokens": message.prompt_tokens,
        "completion_tokens": message.completion_tokens,
        "cost": message.cost,
        "seconds": message.seconds,
        "created_at": message.created_at,
    }


def _file(file: File, in_archive: bool) -> dict[str, Any]:
    blob = file.blob
    known = {
        "name": file.name,
        "media_type": blob.media_type,
        "size": blob.size,
        "sha256": blob.sha256,
    }
    return known | ({"file": file_name(file)} if in_archive else {})


def _model(model: Any, elsewhere: str = "") -> dict[str, str] | None:
    if model is not None:
        return {"slug": model.slug, "name": model.name}
    return {"slug": "", "name": elsewhere} if elsewhere else None


@dataclass(frozen=True, slots=True)
class Words:
    """What Markdown says besides the messages, in the language in which it was asked for."""

    you: str
    assistant: str
    untitled: str
    files: str
    ends: dict[str, str]

    @classmethod
    def now(cls) -> "Words":
        return cls(
            you=_("You"),
            assistant=_("Assistant"),
            untitled=_("New chat"),
            files=_("Attached files"),
            ends={
                Status.STOPPED: _("Stopped"),
                Status.INTERRUPTED: _("Interrupted."),
                Status.FAILED: _("The model did not finish."),
            },
        )


def as_markdown(
    thread: Thread, messages: Pages, words: Words, *, in_archive: bool = False
) -> Parts:
    title = " ".join(thread.title.split()) or words.untitled
    yield f"# {title}\n".encode()
    for page in messages:
        yield "".join(_section(message, words, in_archive) for message in page).encode()


def _section(message: Message, words: Words, in_archive: bool) -> str:
    name = words.you
    if message.role == Role.ASSISTANT:
        name = (message.model.name if message.model else message.model_name) or words.assistant
    written = message.created_at.astimezone(UTC)
    end = words.ends.get(message.status, "")
    parts = [f"\n## {name}\n", f"*{written:%Y-%m-%d %H:%M} UTC*\n", message.content]
    if message.files:
        lines = (_line(file, in_archive) for file in message.files)
        parts.append("\n".join([f"\n{words.files}:\n", *lines]))
    return "\n".join([*parts, *([f"\n*{end}*"] if end else [])]) + "\n"


def _line(file: File, in_archive: bool) -> str:
    name = _MARKUP.sub(r"\\\g<0>", file.name)
    return f"- [{name}](../{quote(file_name(file))})" if in_archive else f"- {name}"


def _now() -> datetime:
    return datetime.now(UTC)
