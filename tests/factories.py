"""Plain functions that make rows. Each names only what its test cares about."""

import uuid
from functools import cache
from typing import Any

from django.contrib.auth.hashers import make_password

from accounts.models import User
from activity import ledger
from activity.models import Generation, State
from chat import services
from chat.asking import KIND
from chat.models import Message, Role, Thread
from chat.queue.models import QueuedMessage
from providers.models import AIModel, Dialect, Provider

PASSWORD = "correct horse battery"


@cache
def _hashed_password() -> str:
    """Hashed once: it takes as long as the rest of a small test."""
    return make_password(PASSWORD)


def make_user(email: str, **fields: Any) -> User:
    return User.objects.create(email=email, password=_hashed_password(), **fields)


def make_model(slug: str = "demo-writer", **fields: Any) -> AIModel:
    """A text model of the demo provider."""
    provider, _ = Provider.objects.get_or_create(name="Demo", dialect=Dialect.DEMO)
    defaults = {"name": slug.replace("-", " ").title(), **fields}
    model, _ = AIModel.objects.get_or_create(provider=provider, slug=slug, defaults=defaults)
    return model


def send(user: User, text: str = "Hello", **fields: Any) -> Any:
    """Send a message as a page does: to a new thread unless `thread_id` says where. What comes
    of it is `Sent`, or `Queued` where the user queues messages."""
    values = {
        "user": user,
        "thread_id": uuid.uuid4(),
        "text": text,
        "model_id": None,
        "client_id": uuid.uuid4(),
    } | fields
    return services.send(**values)


def make_generation(user: User, **fields: Any) -> Generation:
    """A queued generation in a thread of its own."""
    return send(user, **fields).generation


def make_running(user: User, **fields: Any) -> Generation:
    """A generation that a worker has claimed."""
    claimed = ledger.claim(make_generation(user, **fields).pk, worker="test")
    assert claimed is not None
    return claimed


def make_queued(running: Generation, text: str = "Next", **fields: Any) -> QueuedMessage:
    """A message that waits for this generation to end, sent by the same person."""
    sender = running.user
    wanted, sender.queue_mode = sender.queue_mode, True
    sent = send(sender, text, thread_id=running.thread_id, **fields)
    sender.queue_mode = wanted
    queued: QueuedMessage = sent.message
    return queued


def thread_of(generation: Generation) -> Thread:
    return Thread.objects.get(pk=generation.thread_id)


def make_long_thread(user: User, messages: int, *, model: AIModel | None = None) -> Thread:
    """A thread of this many messages in one line, questions and answers by turns, each answer
    with its ended generation. Its revision counts the messages."""
    thread = Thread.objects.create(owner=user, title="Long", model=model)
    rows: list[Message] = []
    for number in range(messages):
        is_question = number % 2 == 0
        row = Message(
            thread=thread,
            parent_id=rows[-1].pk if rows else None,
            role=Role.USER if is_question else Role.ASSISTANT,
            author=user if is_question else None,
            model=None if is_question else model,
            content=f"Message {number}",
            html="" if is_question else f"<p>Message {number}</p>",
            created_revision=number + 1,
            revision=number + 1,
        )
        rows.append(row)
    Message.objects.bulk_create(rows, batch_size=2_000)
    Generation.objects.bulk_create(
        [
            Generation(
                kind=KIND,
                state=State.COMPLETED,
                user=user,
                thread=thread,
                message=row,
                model=model,
                idempotency_key=uuid.uuid4(),
            )
            for row in rows
            if row.role == Role.ASSISTANT
        ],
        batch_size=2_000,
    )
    thread.leaf, thread.revision = rows[-1], messages
    thread.save(update_fields=["leaf", "revision"])
    return thread
