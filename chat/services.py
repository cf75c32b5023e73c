"""What a person may do in a thread. Every operation checks, writes, enqueues and announces in
one transaction, and is safe to repeat."""

import hashlib
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from accounts.models import User
from activity import events, ledger
from activity import services as generations
from activity.counts import count_refused_send
from activity.models import Generation
from activity.sweeping import sweep
from chat.models import Message, Role, Status, Thread, TitleBy
from chat.path import is_on_path
from chat.refusals import (
    EmptyMessage,
    NoModel,
    NotFound,
    NothingToRetry,
    RequestChanged,
    TooLong,
    UnknownModel,
    WaitForAnswer,
)
from providers.models import AIModel

KIND = "chat.answer"
TITLE_CHARS = 60


@dataclass(frozen=True, slots=True)
class Sent:
    """A request that was accepted, now or (`replayed`) by an earlier delivery of the same."""

    generation: Generation
    replayed: bool


def send(*, user: User, thread_id: UUID, text: str, model_id: UUID | None, client_id: UUID) -> Sent:
    """Save a message and ask for its answer; makes the thread where the id is new.

    Raises a Refusal, of which nothing is left in the database.
    """
    text = clean(text)
    request = _request(user, client_id, "send", thread_id, text, model_id)
    if earlier := _earlier(request):
        return earlier
    sweep(thread_id=thread_id)
    try:
        with transaction.atomic(durable=True):
            thread = _thread_to_write(user, thread_id)
            model = _model(user, thread, model_id)
            revision = thread.bump(activity=True)
            if not thread.title:
                thread.title, thread.title_by = title_of(text), TitleBy.WORDS
            question = Message.objects.create(
                thread=thread,
                parent_id=thread.leaf_id,
                role=Role.USER,
                author=user,
                client_id=client_id,
                content=text,
                created_revision=revision,
                revision=revision,
            )
            generation = _ask(request, thread, question, model, revision)
    except (ledger.Busy, IntegrityError):
        return _lost_race(request)
    return Sent(generation, replayed=False)


def retry(*, user: User, thread_id: UUID, message_id: UUID, client_id: UUID) -> Sent:
    """Ask again for an answer that failed, was stopped or interrupted: a sibling takes its
    place, and the earlier text is kept beside it."""
    request = _request(user, client_id, "retry", thread_id, message_id)
    if earlier := _earlier(request):
        return earlier
    sweep(thread_id=thread_id)
    try:
        with transaction.atomic(durable=True):
            thread = _thread_to_write(user, thread_id, create=False)
            revision = thread.bump(path=True, activity=True)
            message = thread.messages.filter(pk=message_id, role=Role.ASSISTANT).first()
            if message is None or message.parent is None or not is_on_path(thread, message):
                raise NotFound
            if message.status == Status.COMPLETED:
                raise NothingToRetry
            model = _model(user, thread, message.model_id)
            generation = _ask(request, thread, message.parent, model, revision)
    except (ledger.Busy, IntegrityError):
        return _lost_race(request)
    return Sent(generation, replayed=False)


def stop(*, user: User, thread_id: UUID) -> bool:
    """Stop what the thread is generating. False: nothing was."""
    thread = Thread.objects.visible_to(user).filter(pk=thread_id).first()
    if thread is None:
        raise NotFound
    generation = generations.in_flight_of_thread(thread.pk)
    return generation is not None and generations.stop(generation=generation)


def mark_seen(*, user: User, thread_id: UUID) -> None:
    changed = Thread.objects.visible_to(user).filter(pk=thread_id, unread=True).update(unread=False)
    if changed:
        events.publish([events.listing_changed(user.pk, "thread", thread_id)])


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


def title_of(text: str) -> str:
    """A title from the first words of the first message."""
    words = " ".join(text.split())
    if len(words) <= TITLE_CHARS:
        return words
    return words[:TITLE_CHARS].rsplit(" ", 1)[0].rstrip(",.;:") + "…"


def _request(user: User, client_id: UUID, *parts: object) -> ledger.Request:
    digest = hashlib.sha256("\0".join(str(part) for part in parts).encode()).hexdigest()
    return ledger.Request(user_id=user.pk, key=client_id, digest=digest)


def _earlier(request: ledger.Request) -> Sent | None:
    try:
        generation = ledger.earlier_generation(request)
    except ledger.KeyReused as error:
        raise RequestChanged from error
    return Sent(generation, replayed=True) if generation else None


def _thread_to_write(user: User, thread_id: UUID, *, create: bool = True) -> Thread:
    """The user's thread, locked: it cannot be renamed or deleted until this transaction ends. A
    new one where the id is unused. Who makes it at the same moment gets an IntegrityError, once
    the other's transaction has ended."""
    thread = Thread.objects.select_for_update(no_key=True).filter(pk=thread_id).first()
    if thread is None and create:
        return Thread.objects.create(pk=thread_id, owner=user)
    if thread is None or not Thread.objects.visible_to(user).filter(pk=thread_id).exists():
        raise NotFound  # missing, a stranger's, or in the trash
    return thread


def _model(user: User, thread: Thread, model_id: UUID | None) -> AIModel:
    """The model asked for, else the thread's, the user's, the first. Raises UnknownModel when
    the one asked for cannot be used, NoModel when there is none at all."""
    usable = AIModel.objects.available().text()
    if model_id is not None:
        chosen = usable.filter(pk=model_id).first()
        if chosen is None:
            raise UnknownModel
        return chosen
    fallback = default_model(user, thread)
    if fallback is None:
        raise NoModel
    return fallback


def default_model(user: User, thread: Thread | None) -> AIModel | None:
    usable = AIModel.objects.available().text()
    for preferred in (thread.model_id if thread else None, user.default_model_id):
        if preferred and (model := usable.filter(pk=preferred).first()):
            return model
    return usable.first()


def _ask(
    request: ledger.Request, thread: Thread, question: Message, model: AIModel, revision: int
) -> Generation:
    """Save the placeholder of the answer and submit its generation. Raises ledger.Busy."""
    answer = Message.objects.create(
        thread=thread,
        parent=question,
        role=Role.ASSISTANT,
        model=model,
        status=Status.GENERATING,
        created_revision=revision,
        revision=revision,
    )
    thread.leaf, thread.model = answer, model
    thread.archived_at = None  # who writes in it wants it back in the list
    thread.save(update_fields=["leaf", "model", "title", "title_by", "archived_at"])
    generation = Generation(
        kind=KIND,
        user_id=request.user_id,
        thread=thread,
        message=answer,
        model=model,
        idempotency_key=request.key,
        request_digest=request.digest,
    )
    ledger.submit(generation, owner_id=thread.owner_id)
    events.publish_on_commit(
        [
            events.conversation_changed("thread", thread.pk, revision),
            events.listing_changed(thread.owner_id, "thread", thread.pk, top=True),
        ]
    )
    return generation


def _lost_race(request: ledger.Request) -> Sent:
    """Somebody else holds the lock, has the key or made the thread: another delivery of this
    very request, which is then this one's answer too, or another send."""
    if earlier := _earlier(request):
        return earlier
    count_refused_send(user_id=request.user_id, reason="busy")
    raise WaitForAnswer
