"""What the trash must know of a kind of thing that is in it; the apps above register theirs.

Each has a `deleted_at`. Whoever restores a thing takes the lock that a purge takes, so one of the
two comes first, and the other finds nothing to do.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any, Protocol
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from files.models import File

SOON = 3  # days


def days_left_of(deleted_at: datetime) -> int:
    """Counted up: 1 on its last day; 0 once it is due."""
    left = deleted_at + timedelta(days=settings.TRASH_DAYS) - timezone.now()
    return max(0, ceil(left / timedelta(days=1)))


@dataclass(frozen=True, slots=True)
class Item:
    """A row of the trash. `facts`: what it is, in a few words. `file`: what its thumbnail shows;
    else it has an icon."""

    kind: str
    id: UUID
    title: str
    facts: str
    deleted_at: datetime
    icon: str
    file: File | None = None

    @property
    def days_left(self) -> int:
        return days_left_of(self.deleted_at)

    @property
    def is_soon(self) -> bool:
        return self.days_left <= SOON


class Purgeable(Protocol):
    """One kind of thing that is deleted for good once its time is over."""

    name: str
    plural: str  # for who runs the command
    together: int  # so many are deleted in one transaction

    def deleted(self) -> "QuerySet[Any]":
        """All that is deleted, whoever owns it."""
        ...

    def locked(self, ids: Sequence[UUID], *, wait: bool) -> Sequence[Any]:
        """Those of these things that are deleted still, locked against being restored; without
        `wait` what somebody holds is left out."""
        ...

    def erase(self, things: Sequence[Any]) -> Iterable[UUID]:
        """Delete their rows, and keep what was paid for them (`gallery.usage.keeping`); returns
        the ids of the files that they pointed to. Called in a transaction, with all locked."""
        ...


class TrashKind(Purgeable, Protocol):
    """One that people see in their trash, by its owner."""

    def listed(self, user: User) -> "QuerySet[Any]":
        """The user's things of this kind that are to be seen in the trash."""
        ...

    def items(self, things: Sequence[Any]) -> Sequence[Item]:
        """As rows of the trash, in the same order. Each thing has its `deleted_at`."""
        ...

    def restore(self, *, user: User, id: UUID) -> None:
        """Raises gallery.trash.refusals.NotFound."""
        ...

    def put_back(self, *, user: User, id: UUID) -> None:
        """Into the trash again. Raises gallery.trash.refusals.NotFound."""
        ...

    def stop(self, id: UUID) -> None:
        """End what is still being made for it, before it is deleted for good."""
        ...


_listed: dict[str, TrashKind] = {}
_leftovers: dict[str, Purgeable] = {}


def register(kind: TrashKind) -> None:
    """Wholes before their parts."""
    _listed[kind.name] = kind


def register_leftover(kind: Purgeable) -> None:
    """Of what is deleted inside of living things, and is not to be seen in the trash."""
    _leftovers[kind.name] = kind


def listed() -> Mapping[str, TrashKind]:
    return _listed


def purgeable() -> Sequence[Purgeable]:
    return [*_listed.values(), *_leftovers.values()]
