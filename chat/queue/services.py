"""What a person may do with the queue of a thread. Every operation checks, writes and announces
in one transaction under the thread's row lock, so it comes before or after the start of a
message, never in the middle; and is safe to repeat."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import User
from activity import ledger
from activity.conversation import Conversation
from activity.counts import change_activity
from activity.sweeping import sweep
from chat.asking import Sent, earlier, locked_thread, model_to_ask
from chat.attaching import require_sight
from chat.models import Thread
from chat.queue.models import Pause, QueuedAttachment, QueuedMessage
from chat.queue.running import (
    announce,
    is_answering,
    pause,
    renumber,
    start,
    waiting_in,
)
from chat.refusals import NotQueued, NotYourMessage, QueueFull, RequestChanged
from chat.text import clean
from files.models import File

KEEP_REMOVED = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Queued:
    """A message that waits, put there now or (`replayed`) by an earlier delivery of the same."""

    message: QueuedMessage
    replayed: bool


def join(
    request: ledger.Request,
    user: User,
    thread: Thread,
    text: str,
    model_id: UUID | None,
    files: Sequence[File] = (),
) -> Queued | Sent | None:
    """What becomes of a send to a locked thread: a place in the queue while another answer is
    written, if the user wants that; what an earlier delivery of it became; else None: send it.
    Raises a Refusal."""
    row = QueuedMessage.objects.filter(author=user, client_id=request.key).first()
    if row is not None:
        if row.request_digest != request.digest:
            raise RequestChanged
        return Queued(row, replayed=True)
    if not user.queue_mode or not is_answering(thread):
        return None
    if sent := earlier(request):  # it left the queue while this one waited for the thread
        return sent
    _make_room(thread)
    model = model_to_ask(user, thread, model_id)
    require_sight(model, files)
    last = waiting_in(thread).last()
    row = QueuedMessage.objects.create(
        thread=thread,
        author=user,
        client_id=request.key,
        request_digest=request.digest,
        text=text,
        model=model,
        position=last.position + 1 if last else 1,
    )
    QueuedAttachment.objects.bulk_create(
        QueuedAttachment(queued=row, file=file, position=place) for place, file in enumerate(files)
    )
    _count(thread, 1)
    announce(thread)
    return Queued(row, replayed=False)


def remove(*, user: User, thread_id: UUID, queued_id: UUID) -> int:
    """Take a message out of the queue. Returns the thread's revision, as all of these do."""

    def change(thread: Thread, row: QueuedMessage) -> None:
        if row.removed_at:
            return
        row.removed_at = timezone.now()
        row.save(update_fields=["removed_at"])
        _count(thread, -1)
        if not waiting_in(thread).exists():
            thread.queue_pause = ""
        announce(thread)

    return _change(user, thread_id, queued_id, change)


def restore(*, user: User, thread_id: UUID, queued_id: UUID) -> int:
    """Put a removed message back to its place; one whose turn has come meanwhile is sent."""

    def change(thread: Thread, row: QueuedMessage) -> None:
        if row.removed_at is None:
            return
        _make_room(thread)
        rows = list(waiting_in(thread))
        row.removed_at = None
        row.save(update_fields=["removed_at"])
        rows.insert(row.position - 1, row)
        renumber(rows)
        _count(thread, 1)
        announce(thread)
        if not thread.queue_pause and not is_answering(thread):
            start(thread, rows[0])

    return _change(user, thread_id, queued_id, change)


def edit(
    *, user: User, thread_id: UUID, queued_id: UUID, text: str, model_id: UUID | None = None
) -> int:
    """Other words, or another model, for one's own message; its place stays."""
    with_files = QueuedAttachment.objects.filter(queued=queued_id).exists()
    text = clean(text, may_be_empty=with_files)

    def change(thread: Thread, row: QueuedMessage) -> None:
        if row.removed_at:
            raise NotQueued
        if row.author_id != user.pk:
            raise NotYourMessage
        row.text, row.model = text, model_to_ask(user, thread, model_id or row.model_id)
        require_sight(row.model, row.files)
        row.save(update_fields=["text", "model"])
        announce(thread)

    return _change(user, thread_id, queued_id, change)


def move(*, user: User, thread_id: UUID, queued_id: UUID, before: UUID | None) -> int:
    """Put a message before another one, or with None at the end. Where that other one has been
    sent meanwhile this one is the next."""

    def change(thread: Thread, row: QueuedMessage) -> None:
        if row.removed_at:
            raise NotQueued
        former = list(waiting_in(thread))
        rows = [one for one in former if one.pk != row.pk]
        places = {one.pk: index for index, one in enumerate(rows)}
        rows.insert(len(rows) if before is None else places.get(before, 0), row)
        if [one.pk for one in rows] != [one.pk for one in former]:
            renumber(rows)
            announce(thread)

    return _change(user, thread_id, queued_id, change)


def hold(*, user: User, thread_id: UUID, reason: Pause = Pause.HELD) -> int:
    """Let nothing follow the running answer. Without anything waiting there is nothing to do."""
    with transaction.atomic(durable=True):
        thread = locked_thread(user, thread_id)
        if waiting_in(thread).exists():
            pause(thread, reason)
        return thread.revision


def resume(*, user: User, thread_id: UUID) -> int:
    """Let the queue go on: at once, or after the running answer. Raises UnknownModel where the
    next message cannot be sent; the queue then stays as it is."""
    sweep(Conversation("thread", thread_id))
    with transaction.atomic(durable=True):
        thread = locked_thread(user, thread_id)
        if thread.queue_pause:
            thread.queue_pause = ""
            announce(thread)
        first = waiting_in(thread).first()
        if first is not None and not is_answering(thread):
            start(thread, first)
        return thread.revision


def _change(
    user: User,
    thread_id: UUID,
    queued_id: UUID,
    change: Callable[[Thread, QueuedMessage], None],
) -> int:
    """Change a message of a thread's queue. Raises NotFound, or NotQueued for one that was sent
    or was never there."""
    with transaction.atomic(durable=True):
        thread = locked_thread(user, thread_id)
        row = QueuedMessage.objects.filter(thread=thread, pk=queued_id).first()
        if row is None:
            raise NotQueued
        change(thread, row)
        return thread.revision


def _make_room(thread: Thread) -> None:
    """Forget what was removed long ago. Raises QueueFull."""
    rows = QueuedMessage.objects.filter(thread=thread)
    rows.filter(removed_at__lt=Now() - Value(KEEP_REMOVED)).delete()
    if rows.waiting().count() >= settings.MAX_QUEUED_MESSAGES:
        raise QueueFull(limit=settings.MAX_QUEUED_MESSAGES)


def _count(thread: Thread, by: int) -> None:
    change_activity(Conversation("thread", thread.pk), user_id=thread.owner_id, by=by)
