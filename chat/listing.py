"""The sidebar's list of threads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from uuid import UUID

from django.core.signing import BadSignature, Signer
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from activity.models import GenerationLock
from chat.models import Thread, ThreadQuerySet

PAGE = 50
# Something waits, and nothing is being written.
IS_PAUSED = ~Q(queue_pause="") & ~Exists(GenerationLock.objects.filter(thread=OuterRef("pk")))
signer = Signer(salt="chat.listing")


@dataclass(frozen=True, slots=True)
class Sidebar:
    """One page of threads by day; `next_cursor` is "" on the last one."""

    groups: Sequence[tuple[str, Sequence[Thread]]]
    next_cursor: str


def rows(user: User) -> ThreadQuerySet:
    threads = Thread.objects.visible_to(user).select_related("activity").newest_first()
    return threads.annotate(is_paused=IS_PAUSED)


def sidebar(user: User, *, after: str = "") -> Sidebar:
    """A page of the list, by keyset: its cost does not grow with the number of threads.
    An unreadable cursor gives the first page."""
    threads = rows(user)
    if position := _position(after):
        at, thread_id = position
        threads = threads.filter(last_activity_at__lte=at).exclude(
            last_activity_at=at, id__gte=thread_id
        )
    page = list(threads[: PAGE + 1])
    more, page = len(page) > PAGE, page[:PAGE]
    today = timezone.localdate()
    groups = [
        (label, list(group))
        for label, group in groupby(page, key=lambda thread: day_label(thread, today))
    ]
    return Sidebar(groups, next_cursor=_cursor(page[-1]) if more else "")


def day_label(thread: Thread, today: date) -> str:
    day = timezone.localtime(thread.last_activity_at).date()
    if day >= today:
        return _("Today")
    if day == today - timedelta(days=1):
        return _("Yesterday")
    if day > today - timedelta(days=7):
        return _("Last 7 days")
    return date_format(day, "YEAR_MONTH_FORMAT")


def _cursor(thread: Thread) -> str:
    return signer.sign(f"{thread.last_activity_at.isoformat()}|{thread.pk}")


def _position(cursor: str) -> tuple[datetime, UUID] | None:
    try:
        at, _sep, thread_id = signer.unsign(cursor).partition("|")
        moment = parse_datetime(at)
        return (moment, UUID(thread_id)) if moment else None
    except (BadSignature, ValueError):
        return None
