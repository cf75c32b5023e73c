"""Deleting for good: what is in the trash for long enough, and what somebody has emptied. One
transaction a thing, so a purge can be cut off anywhere, doubled, and run again."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from activity import events
from files import purging as files
from gallery.trash import kinds
from gallery.trash.kinds import Purgeable
from gallery.trash.models import EmptiedTrash

log = structlog.get_logger(__name__)

BATCH = 200
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
    """`names`: those of bytes that a file less points to. `owner_id` None: not in a trash."""

    owner_id: UUID | None
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
        for id in _ids(rows):
            if until():
                break
            _purge(kind, id, due, tally)
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


def erase(kind: Purgeable, id: UUID, due: Due, *, wait: bool = False) -> Erased | None:
    """Delete one thing for good, with its files that nothing else points to. None: it is not
    there, or not due any more; without `wait` also where somebody holds it."""
    with transaction.atomic(durable=True):
        thing = kind.locked(id, wait=wait)
        if thing is None or not due(thing.deleted_at):
            return None
        owner_id = getattr(thing, "owner_id", None)
        return Erased(owner_id, *files.release(kind.erase(thing)))


def _purge(kind: Purgeable, id: UUID, due: Due, tally: Tally) -> None:
    """One that cannot be deleted keeps the others from nothing."""
    try:
        erased = erase(kind, id, due)
    except DatabaseError as error:
        log.warning("not_purged", kind=kind.name, id=str(id), error=str(error))
        if not connection.is_usable():
            raise
        tally.failed += 1
        return
    if erased:
        tally.things[kind.plural] += 1
        tally.files += erased.files
        tally.blobs += files.remove_bytes(erased.names)
        if erased.owner_id:
            tally.owners.add(erased.owner_id)


def _work(before: datetime) -> Iterator[tuple[Purgeable, "QuerySet[Any]", Due]]:
    """What is due, by kind and reason. A thing is in one of them only."""
    emptied = list(EmptiedTrash.objects.values_list("owner", "until"))
    for kind in kinds.purgeable():
        yield kind, kind.deleted().filter(deleted_at__lt=before), before.__gt__
    for kind in kinds.listed().values():
        for owner, moment in emptied:
            rows = kind.deleted().filter(owner=owner, deleted_at__gte=before)
            yield kind, rows.filter(deleted_at__lte=moment), moment.__ge__


def _ids(rows: "QuerySet[Any]") -> Iterator[UUID]:
    """In batches by keyset: neither what was deleted meanwhile nor what could not be is read
    again."""
    rows = rows.order_by("deleted_at", "pk")
    batch = list(rows.values_list("deleted_at", "pk")[:BATCH])
    while batch:
        for _at, id in batch:
            yield id
        at, last = batch[-1]
        rest = rows.filter(deleted_at__gte=at).filter(Q(deleted_at__gt=at) | Q(pk__gt=last))
        batch = list(rest.values_list("deleted_at", "pk")[:BATCH])
