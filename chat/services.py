"""What a person may do in a thread. Every operation checks, writes, enqueues and announces in
one transaction, and is safe to repeat."""

from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q

from accounts.models import User
from activity import events, ledger
from activity import services as generations
from activity.sweeping import sweep
from chat.asking import (
    Sent,
    ask,
    earlier,
    locked_or_new_thread,
    lost_race,
    model_to_ask,
    request_of,
)
from chat.models import Message, Role, Thread, TitleBy
from chat.refusals import EmptyMessage, NotFound, TooLong

TITLE_CHARS = 60
MAX_REVISION = 2**63 - 1


def send(*, user: User, thread_id: UUID, text: str, model_id: UUID | None, client_id: UUID) -> Sent:
    """Save a message and ask for its answer; makes the thread where the id is new.

    Raises a Refusal, of which nothing is left in the database.
    """
    text = clean(text)
    request = request_of(user, client_id, "send", thread_id, text, model_id)
    if sent := earlier(request):
        return sent
    sweep(thread_id=thread_id)
    try:
        with transaction.atomic(durable=True):
            thread = locked_or_new_thread(user, thread_id)
            thread.model = model = model_to_ask(user, thread, model_id)
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
            generation = ask(request, thread, question, model, revision)
    except (ledger.Busy, IntegrityError):
        return lost_race(request)
    return Sent(generation, replayed=False)


def stop(*, user: User, thread_id: UUID) -> bool:
    """Stop what the thread is generating. False: nothing was."""
    thread = Thread.objects.visible_to(user).filter(pk=thread_id).first()
    if thread is None:
        raise NotFound
    generation = generations.in_flight_of_thread(thread.pk)
    return generation is not None and generations.stop(generation=generation)


def mark_seen(*, user: User, thread_id: UUID, revision: int) -> None:
    """The user has seen what the thread shows up to this revision. What came after it, perhaps
    this very moment, stays unread."""
    revision = max(0, min(revision, MAX_REVISION))
    unread = Thread.objects.visible_to(user).filter(pk=thread_id, unread=True)
    if unread.filter(revision__lte=revision).update(unread=False, seen_revision=F("revision")):
        events.publish([events.listing_changed(user.pk, "thread", thread_id)])
        return
    not_seen = Q(seen_revision=None) | Q(seen_revision__lt=revision)
    unread.filter(not_seen, revision__gt=revision).update(seen_revision=revision)


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
