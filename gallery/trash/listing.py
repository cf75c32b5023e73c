"""What is in a person's trash, page by page: what goes next comes first."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from heapq import merge
from itertools import islice
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Q, QuerySet

from accounts.models import User
from activity.keyset import Position, cursor, read_cursor
from gallery.trash import kinds
from gallery.trash.kinds import Item, TrashKind
from gallery.trash.models import EmptiedTrash

PAGE = 50
MOST = 500  # that are read anew at once
BEGINNING = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class TrashPage:
    """`next` leads to the page after it; "" where it is the last. `is_first`: nothing is above."""

    items: Sequence[Item]
    next: str
    is_first: bool


@dataclass(frozen=True, slots=True)
class Contents:
    """All that is in it: how much, and when the last of it was deleted (None: it is empty)."""

    count: int
    until: datetime | None


def page(user: User, *, after: str = "", size: int = PAGE) -> TrashPage:
    """By position: the thousandth page costs what the first does. A cursor that is none is the
    start."""
    position = read_cursor(after)
    emptied = _emptied(user)
    found = merge(*(_places(kind, user, emptied, position, size) for kind in _kinds()))
    places = list(islice(found, size + 1))
    shown = places[:size]
    following = cursor(*shown[-1][:2]) if len(places) > size else ""
    return TrashPage(_items(user, shown), following, is_first=position is None)


def contents(user: User) -> Contents:
    emptied = _emptied(user)
    count, moments = 0, []
    for kind in _kinds():
        found = _rows(kind, user, emptied).aggregate(count=Count("pk"), until=Max("deleted_at"))
        count += found["count"]
        moments += [found["until"]] if found["until"] else []
    return Contents(count, max(moments, default=None))


def item(user: User, kind: TrashKind, id: UUID) -> Item | None:
    things = list(_rows(kind, user, _emptied(user)).filter(pk=id))
    return next(iter(kind.items(things)), None)


Place = tuple[datetime, UUID, str]


def _places(
    kind: TrashKind, user: User, emptied: datetime, after: Position | None, size: int
) -> Iterator[Place]:
    rows = _rows(kind, user, emptied).order_by("deleted_at", "pk")
    if after:
        at, last = after
        # The first condition is what the index is entered by.
        rows = rows.filter(deleted_at__gte=at).filter(Q(deleted_at__gt=at) | Q(pk__gt=last))
    for at, id in rows.values_list("deleted_at", "pk")[: size + 1]:
        yield at, id, kind.name


def _items(user: User, places: Sequence[Place]) -> Sequence[Item]:
    ids: dict[str, list[UUID]] = defaultdict(list)
    for _at, id, name in places:
        ids[name].append(id)
    found = {}
    for name, wanted in ids.items():
        kind = kinds.listed()[name]
        things = kind.listed(user).filter(pk__in=wanted)
        found.update({one.id: one for one in kind.items(list(things))})
    return [found[id] for _at, id, _name in places if id in found]  # not what was just restored


def _rows(kind: TrashKind, user: User, emptied: datetime) -> "QuerySet[Any]":
    return kind.listed(user).filter(deleted_at__gt=emptied)


def _emptied(user: User) -> datetime:
    row = EmptiedTrash.objects.filter(owner=user).first()
    return row.until if row else BEGINNING


def _kinds() -> Sequence[TrashKind]:
    return list(kinds.listed().values())
