"""Deleting for good: what is in the trash for long enough, and what somebody has emptied. Some
things a transaction, so a purge can be cut off anywhere, doubled, and run again."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import DatabaseError, OperationalError, connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from psycopg.errors import DeadlockDetected

from activity import events
from files import purging as files
from gallery.trash import kinds
from gallery.trash.kinds import Purgeable
from gallery.trash.models import EmptiedTrash

log = structlog.get_logger(__name__)

Due = Callable[[datetime], bool]


@dataclass(slots=True)
class Tally:
    """What was deleted: things by their kind, files, and of these the bytes that nobody has any
    more. `failed`: things that could not be. `owners`: whose."""

    things: Counter[str] = field(default_factory=Counter)
    files: int = 0
    blobs: int = 0
    failed: int = 0
    owners: set[UUID] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Erased:
    """How many `things`, and `owners` of those that are in a trash. `names`: those of bytes that a
    file less points to."""

    things: int
    owners: set[UUID]
    files: int
    names: set[str]


def cutoff(days: float | None = None) -> datetime:
    """What was deleted before this moment is due."""
    return timezone.now() - timedelta(days=settings.TRASH_DAYS if days is None else days)


def never() -> bool:
    return False


def purge(*, before: datetime, until: Callable[[], bool] = never) -> Tally:
    """Delete for good what was deleted before a moment, all that was emptied, and then the files
    that nothing points to. `until` says when to leave the rest to the next time."""
    tally = Tally()
    for kind, rows, due in _work(before):
        for ids in _groups(rows, kind.together):
            if until():
                break
            _purge(kind, ids, due, tally)
    if not until():
        EmptiedTrash.objects.filter(until__lt=before).delete()  # all of that is due by its age
    events.publish([events.listing_renewed(owner_id) for owner_id in tally.owners])
    removed = files.purge(until=until)  # what an earlier run was cut off at, too
    tally.files += removed[0]
    tally.blobs += removed[1]
    return tally


def count(*, before: datetime) -> Counter[str]:
    """What a purge would delete now, by kind."""
    found: Counter[str] = Counter()
    for kind, rows, _due in _work(before):
        found[kind.plural] += rows.count()
    return found


def erase(kind: Purgeable, ids: Sequence[UUID], due: Due, *, wait: bool = False) -> Erased:
    """Delete things for good, with their files that nothing else points to: those that are there,
    and due still; without `wait` not those that somebody holds."""
    try:
        return _erase(kind, ids, due, wait=wait)
    except OperationalError as error:
        # Whoever makes something of it holds rows in another order than deleting it needs.
        if not isinstance(error.__cause__, DeadlockDetected):
            raise
        return _erase(kind, ids, due, wait=wait)


def _erase(kind: Purgeable, ids: Sequence[UUID], due: Due, *, wait: bool) -> Erased:
    with transaction.atomic(durable=True):
        things = [one for one in kind.locked(ids, wait=wait) if due(one.deleted_at)]
        owners = {owner for one in things if (owner := getattr(one, "owner_id", None))}
        pointed = kind.erase(things) if things else []
        return Erased(len(things), owners, *files.release(pointed))


def _purge(kind: Purgeable, ids: Sequence[UUID], due: Due, tally: Tally) -> None:
    """One that cannot be deleted keeps the others from nothing."""
    try:
        erased = erase(kind, ids, due)
    except DatabaseError as error:
        log.warning("not_purged", kind=kind.name, ids=[str(id) for id in ids], error=str(error))
        if not connection.is_usable():
            raise
        if len(ids) > 1:
            for id in ids:
                _purge(kind, [id], due, tally)
        else:
            tally.failed += 1
        return
    tally.things[kind.plural] += erased.things
    tally.files += erased.files
    tally.blobs += files.remove_bytes(erased.names)
    tally.owners |= erased.owners


def _work(before: datetime) -> Iterator[tuple[Purgeable, "QuerySet[Any]", Due]]:
    """What is due, by kind and reason. A thing is in one of them only."""
    emptied = list(EmptiedTrash.objects.values_list("owner", "until"))
    for kind in kinds.purgeable():
        yield kind, kind.deleted().filter(deleted_at__lt=before), before.__gt__
    for kind in kinds.listed().values():
        for owner, moment in emptied:
            rows = kind.deleted().filter(owner=owner, deleted_at__gte=before)
            yield kind, rows.filter(deleted_at__lte=moment), moment.__ge__


def _groups(rows: "QuerySet[Any]", size: int) -> Iterator[Sequence[UUID]]:
    """By keyset: neither what was deleted meanwhile nor what could not be is read again."""
    rows = rows.order_by("deleted_at", "pk")
    group = list(rows.values_list("deleted_at", "pk")[:size])
    while group:
        yield [id for _at, id in group]
        at, last = group[-1]
        rest = rows.filter(deleted_at__gte=at).filter(Q(deleted_at__gt=at) | Q(pk__gt=last))
        group = list(rest.values_list("deleted_at", "pk")[:size])
