"""What a person may do with a thread as a whole. Each operation takes the thread's row lock, so
it meets a send or an answer's end before or after, never in the middle."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from activity import events
from activity import services as generations
from activity.conversation import Conversation
from chat.models import TITLE_MAX, Thread, ThreadQuerySet, TitleBy
from chat.refusals import EmptyTitle, NotFound, TitleTooLong, TooManyPins

MAX_PINNED = 50  # the list shows all pinned threads before its first page


def rename(*, user: User, thread_id: UUID, title: str) -> None:
    """From now on the title is this person's: no model changes it."""
    title = clean_title(title)

    def change(thread: Thread) -> bool:
        before = thread.title, thread.title_by
        thread.title, thread.title_by = title, TitleBy.PERSON
        return before != (title, TitleBy.PERSON)

    _change(user, thread_id, change)


def pin(*, user: User, thread_id: UUID, pinned: bool) -> None:
    """A pinned thread is not in the archive: it comes out of it."""

    def change(thread: Thread) -> bool:
        if pinned and thread.pinned_at is None and _pins(user) >= MAX_PINNED:
            raise TooManyPins(limit=MAX_PINNED)
        before = thread.pinned_at, thread.archived_at
        thread.pinned_at = _since(thread.pinned_at, pinned)
        if pinned:
            thread.archived_at = None
        return before != (thread.pinned_at, thread.archived_at)

    _change(user, thread_id, change)


def archive(*, user: User, thread_id: UUID, archived: bool) -> None:
    """Out of the list, found by search and in the archive. The next message takes it back."""

    def change(thread: Thread) -> bool:
        before = thread.pinned_at, thread.archived_at
        thread.archived_at = _since(thread.archived_at, archived)
        if archived:
            thread.pinned_at = None
        return before != (thread.pinned_at, thread.archived_at)

    _change(user, thread_id, change)


def mute(*, user: User, thread_id: UUID, muted: bool) -> None:
    """A muted thread notifies of nothing; its new replies show a dot, but not in bold."""

    def change(thread: Thread) -> bool:
        before, thread.muted = thread.muted, muted
        return before != muted

    _change(user, thread_id, change)


def delete(*, user: User, thread_id: UUID) -> None:
    """To the trash. Who has it open is told that it is gone, and what it generates is stopped.
    Deleting again is harmless, and stops what an interrupted first time did not."""
    with transaction.atomic(durable=True):
        thread = _locked(Thread.objects.filter(owner=user), thread_id)
        if thread.deleted_at is None:
            thread.deleted_at = timezone.now()
            _save(thread)
    # Sends look at the row under its lock: none starts any more.
    generation = generations.in_flight_in(Conversation("thread", thread_id))
    if generation is not None:
        generations.stop(generation=generation)


def restore(*, user: User, thread_id: UUID) -> None:
    """Out of the trash, as it was."""
    with transaction.atomic(durable=True):
        thread = _locked(Thread.objects.filter(owner=user), thread_id)
        if thread.deleted_at is not None:
            thread.deleted_at = None
            _save(thread)


def clean_title(title: str) -> str:
    """One line without what the database or a reader cannot bear. Raises EmptyTitle or
    TitleTooLong."""
    title = title.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    title = " ".join("".join(c if c.isprintable() or c in JOINERS else " " for c in title).split())
    if not title.strip(JOINERS):
        raise EmptyTitle
    if len(title) > TITLE_MAX:
        raise TitleTooLong(limit=TITLE_MAX)
    return title


# Not "printable", yet parts of emoji and of Persian and Indic words.
JOINERS = "\u200c\u200d"


def _change(user: User, thread_id: UUID, change: Callable[[Thread], bool]) -> None:
    """Change the user's thread under its lock. `change` says whether it did: what was so before
    is announced to nobody."""
    with transaction.atomic(durable=True):
        thread = _locked(Thread.objects.visible_to(user), thread_id)
        if change(thread):
            _save(thread)


def _locked(threads: ThreadQuerySet, thread_id: UUID) -> Thread:
    thread = threads.select_for_update(no_key=True).filter(pk=thread_id).first()
    if thread is None:
        raise NotFound
    return thread


def _save(thread: Thread) -> None:
    thread.save(
        update_fields=["title", "title_by", "pinned_at", "archived_at", "muted", "deleted_at"]
    )
    announce(thread)


def announce(thread: Thread) -> None:
    """Take a revision for a change of a locked thread, and tell its pages and lists on commit."""
    revision = thread.bump()
    events.publish_on_commit(
        [
            events.conversation_changed("thread", thread.pk, revision),
            events.listing_changed(thread.owner_id, "thread", thread.pk),
        ]
    )


def _since(moment: datetime | None, wanted: bool) -> datetime | None:
    return (moment or timezone.now()) if wanted else None


def _pins(user: User) -> int:
    return Thread.objects.visible_to(user).pinned().count()
