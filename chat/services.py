"""What a person may do in a thread. Every operation checks, writes, enqueues and announces in
one transaction, and is safe to repeat."""

from collections.abc import Sequence
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, Q

from accounts.models import User
from activity import events, ledger
from activity import services as generations
from activity.conversation import Conversation
from activity.counts import count_refused_send
from activity.sweeping import sweep
from chat.asking import (
    Sent,
    earlier,
    locked_or_new_thread,
    lost_race,
    model_to_ask,
    request_of,
    say,
)
from chat.attaching import chosen, require_sight
from chat.models import Thread, TitleBy
from chat.queue import services as queue
from chat.queue.models import Pause
from chat.queue.services import Queued
from chat.refusals import QueueFull
from chat.text import clean
from chat.tuning import Tuning
from files.models import File

TITLE_CHARS = 60
MAX_REVISION = 2**63 - 1


def send(
    *,
    user: User,
    thread_id: UUID,
    text: str,
    model_id: UUID | None,
    client_id: UUID,
    tuning: Tuning | None = None,
    file_ids: Sequence[UUID] = (),
) -> Sent | Queued:
    """Save a message and ask for its answer, or queue it behind the one that is being written;
    makes the thread where the id is new, with `tuning`, which says nothing to a thread that
    exists. Files may speak for themselves: then there need be no text.

    Raises a Refusal, of which nothing is left in the database.
    """
    text = clean(text, may_be_empty=bool(file_ids))
    request = request_of(user, client_id, "send", thread_id, text, model_id, *file_ids)
    if sent := earlier(request):
        return sent
    sweep(Conversation("thread", thread_id))
    try:
        with transaction.atomic(durable=True):
            thread = locked_or_new_thread(user, thread_id, tuning)
            return _send(request, user, thread, text, model_id, chosen(user, file_ids))
    except QueueFull as refusal:
        count_refused_send(user_id=user.pk, reason=refusal.code)
        raise
    except (ledger.Busy, IntegrityError):
        return lost_race(request)


def _send(
    request: ledger.Request,
    user: User,
    thread: Thread,
    text: str,
    model_id: UUID | None,
    files: Sequence[File],
) -> Sent | Queued:
    if queued := queue.join(request, user, thread, text, model_id, files):
        return queued
    model = model_to_ask(user, thread, model_id)
    require_sight(model, files)
    if not thread.title:
        thread.title, thread.title_by = title_of(text or files[0].name), TitleBy.WORDS
    thread.archived_at = None  # who writes in it wants it back in the list
    return Sent(say(request, thread, text=text, model=model, files=files), replayed=False)


def stop(*, user: User, thread_id: UUID) -> bool:
    """Stop what the thread is generating, and pause its queue. False: nothing was."""
    queue.hold(user=user, thread_id=thread_id, reason=Pause.STOPPED)  # first: so nothing follows
    generation = generations.in_flight_in(Conversation("thread", thread_id))
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


def title_of(text: str) -> str:
    """A title from the first words of the first message."""
    words = " ".join(text.split())
    if len(words) <= TITLE_CHARS:
        return words
    return words[:TITLE_CHARS].rsplit(" ", 1)[0].rstrip(",.;:") + "…"
