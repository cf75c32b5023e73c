"""One thread as a document, part by part: JSON has the whole tree and all that is known of each
message, Markdown what the page shows."""

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
from django.utils.translation import gettext as _

from chat.models import Message, Role, Status, Thread

FORMAT = "atelier.thread"
VERSION = 1

Pages = Iterable[Sequence[Message]]
Parts = Generator[bytes, None, None]

_encode = msgspec.json.Encoder(decimal_format="string").encode


def as_json(thread: Thread, messages: Pages) -> Parts:
    head = _encode(
        {"format": FORMAT, "version": VERSION, "exported_at": _now(), "thread": _thread(thread)}
    )
    yield head[:-1] + b',"messages":['
    comma = b"\n"
    for page in messages:
        lines = [_encode(_message(message)) for message in page]
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


def _message(message: Message) -> dict[str, Any]:
    return {
        "id": message.pk,
        "parent": message.parent_id,
        "role": message.role,
        "content": message.content,
        "model": _model(message.model, message.model_name),
        "status": message.status,
        "error_code": message.error_code,
        "prompt_tokens": message.prompt_tokens,
        "completion_tokens": message.completion_tokens,
        "cost": message.cost,
        "seconds": message.seconds,
        "created_at": message.created_at,
    }


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
    ends: dict[str, str]

    @classmethod
    def now(cls) -> "Words":
        return cls(
            you=_("You"),
            assistant=_("Assistant"),
            untitled=_("New chat"),
            ends={
                Status.STOPPED: _("Stopped"),
                Status.INTERRUPTED: _("Interrupted."),
                Status.FAILED: _("The model did not finish."),
            },
        )


def as_markdown(thread: Thread, messages: Pages, words: Words) -> Parts:
    title = " ".join(thread.title.split()) or words.untitled
    yield f"# {title}\n".encode()
    for page in messages:
        yield "".join(_section(message, words) for message in page).encode()


def _section(message: Message, words: Words) -> str:
    name = words.you
    if message.role == Role.ASSISTANT:
        name = (message.model.name if message.model else message.model_name) or words.assistant
    written = message.created_at.astimezone(UTC)
    end = words.ends.get(message.status, "")
    parts = [f"\n## {name}\n", f"*{written:%Y-%m-%d %H:%M} UTC*\n", message.content]
    return "\n".join([*parts, *([f"\n*{end}*"] if end else [])]) + "\n"


def _now() -> datetime:
    return datetime.now(UTC)
