"""How a queue goes on: the transaction that ends an answer starts the next message or pauses the
queue, so nothing that dies in between can lose a message or send one twice. docs/adr/0043.

All of it is to be called with the thread's row locked.
"""

from collections.abc import Sequence

import structlog
from django.db import InterfaceError, OperationalError, transaction

from activity import events, ledger
from activity.conversation import Conversation
from activity.counts import change_activity
from activity.kinds import Outcome
from activity.models import Generation, GenerationLock, State
from chat.asking import earlier, model_to_ask, say
from chat.models import Thread
from chat.queue.models import Pause, QueuedMessage, QueuedMessageQuerySet
from chat.refusals import NotFound, RequestChanged, UnknownModel

log = structlog.get_logger(__name__)


def waiting_in(thread: Thread) -> QueuedMessageQuerySet:
    rows: QueuedMessageQuerySet = QueuedMessage.objects.waiting()
    return rows.filter(thread=thread).in_order()


def is_answering(thread: Thread) -> bool:
    return GenerationLock.objects.filter(thread=thread).exists()


def after(generation: Generation, outcome: Outcome) -> None:
    """An answer has ended, and the thread is free. Whatever breaks here must not undo that end,
    unless the database itself is away: then the end is tried again as a whole."""
    rows = QueuedMessage.objects.waiting().filter(thread=generation.thread_id)
    first = rows.in_order().select_related("thread").first()
    if first is None:
        return
    thread = first.thread
    if outcome.state != State.COMPLETED:
        pause(thread, Pause.STOPPED if outcome.state == State.STOPPED else Pause.FAILED)
    elif thread.deleted_at:
        pause(thread, Pause.HELD)
    elif not thread.queue_pause:
        try:
            with transaction.atomic():
                start(thread, first)
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:  # refusals, and whatever asking may raise: all of it pauses
            log.warning("queue_paused", thread=str(thread.pk), error=repr(error))
            pause(thread, Pause.UNSENT)


def start(thread: Thread, queued: QueuedMessage) -> None:
    """Send a queued message: it leaves the queue and is asked at the leaf of this moment, if its
    author may still do so. Raises a Refusal."""
    author = queued.author
    if not author.is_active or not Thread.objects.visible_to(author).filter(pk=thread.pk).exists():
        raise NotFound
    if queued.model_id is None:
        raise UnknownModel  # it was deleted
    model = model_to_ask(author, thread, queued.model_id)
    request = ledger.Request(author.pk, queued.client_id, queued.request_digest)
    if earlier(request):
        raise RequestChanged
    files = queued.files  # read before the row goes
    queued.delete()
    change_activity(Conversation("thread", thread.pk), user_id=thread.owner_id, by=-1)
    say(request, thread, text=queued.text, model=model, files=files)


def pause(thread: Thread, reason: Pause) -> None:
    if thread.queue_pause != reason:
        thread.queue_pause = reason
        announce(thread)


def announce(thread: Thread) -> None:
    """Save what the thread knows of its queue, take a revision, and tell its pages on commit."""
    thread.save(update_fields=["queue_pause"])
    revision = thread.bump()
    events.publish_on_commit(
        [
            events.conversation_changed("thread", thread.pk, revision),
            events.listing_changed(thread.owner_id, "thread", thread.pk),
        ]
    )


def renumber(rows: Sequence[QueuedMessage]) -> None:
    """Give these rows, all that wait in a thread, the positions 1 to n in this order."""
    for position, row in enumerate(rows, start=1):
        row.position = position
    QueuedMessage.objects.bulk_update(rows, ["position"])
