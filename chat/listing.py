"""The lists of threads: the sidebar's, the archive."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from activity.keyset import page_of, read_cursor
from activity.models import GenerationLock
from chat.models import Thread, ThreadQuerySet

PAGE = 50
# Something waits, and nothing is being written.
IS_PAUSED = ~Q(queue_pause="") & ~Exists(GenerationLock.objects.filter(thread=OuterRef("pk")))


@dataclass(frozen=True, slots=True)
class Sidebar:
    """One page of threads by day, the first one below the pinned; `next_cursor` is "" on the
    last one. Days are those of the active time zone."""

    groups: Sequence[tuple[str, Sequence[Thread]]]
    next_cursor: str


@dataclass(frozen=True, slots=True)
class Archive:
    threads: Sequence[Thread]
    next_cursor: str
    is_first: bool


def rows(user: User) -> ThreadQuerySet:
    """The threads that the sidebar lists, with what their rows show."""
    threads: ThreadQuerySet = Thread.objects.visible_to(user).filter(archived_at=None)
    return threads.select_related("activity").annotate(is_paused=IS_PAUSED)


def sidebar(user: User, *, after: str = "") -> Sidebar:
    """A page of the list, by keyset: its cost does not grow with the number of threads.
    An unreadable cursor gives the first page."""
    position = read_cursor(after)
    pinned = [] if position else list(rows(user).pinned())
    page, next_cursor = page_of(rows(user).by_day(), "last_activity_at", position, size=PAGE)
    today = timezone.localdate()
    days = groupby(page, key=lambda thread: day_label(thread, today))
    groups = [(label, list(threads)) for label, threads in days]
    if pinned:
        groups.insert(0, (_("Pinned"), pinned))
    return Sidebar(groups, next_cursor)


def archive(user: User, *, after: str = "") -> Archive:
    threads = Thread.objects.visible_to(user).archived()
    position = read_cursor(after)
    page, next_cursor = page_of(threads, "archived_at", position, size=PAGE)
    return Archive(page, next_cursor, is_first=position is None)


def group_label(thread: Thread) -> str:
    """The heading that a thread is listed under."""
    return _("Pinned") if thread.pinned_at else day_label(thread, timezone.localdate())


def day_label(thread: Thread, today: date) -> str:
    day = timezone.localtime(thread.last_activity_at).date()
    if day >= today:
        return _("Today")
    if day == today - timedelta(days=1):
        return _("Yesterday")
    if day > today - timedelta(days=7):
        return _("Last 7 days")
    return date_format(day, "YEAR_MONTH_FORMAT")
