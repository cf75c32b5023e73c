"""Which images a batch is about, part by part, so that any number of them needs little memory."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils import timezone

from accounts.models import User
from gallery.batches.models import Batch
from gallery.browse import filters as gallery_filters
from gallery.browse import positions
from gallery.browse.filters import Filters, Sort
from gallery.browse.pages import Part, ids_of
from gallery.browse.positions import Position
from gallery.images import GeneratedImage
from gallery.refusals import Malformed

LAST = UUID(int=2**128 - 1)


@dataclass(frozen=True, slots=True)
class Selection:
    """What somebody selected: `ids`; or with `filters` all that this gallery showed at `until`,
    as it is read in `time_zone`, except `ids`."""

    ids: Sequence[UUID] = ()
    filters: Mapping[str, str] | None = None
    until: datetime | None = None
    time_zone: str = ""

    @property
    def digest(self) -> str:
        parts = [*sorted((self.filters or {}).items()), self.filters is None, self.until]
        text = "\0".join(map(str, [*parts, *self.ids]))
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Portion:
    """Some of the images, and the position after them."""

    ids: Sequence[UUID]
    position: str
    is_last: bool


def parameters(filters: Filters) -> dict[str, str]:
    """Of an address: what is asked, without the order."""
    return replace(filters, sort=Sort.NEWEST).parameters()


def strictly(given: Mapping[str, str]) -> Filters:
    """The filters of an address. What would be passed over there must not be here, where it would
    make the selection larger. Raises Malformed."""
    found = gallery_filters.read(given)
    known = parameters(found)
    for name, value in given.items():
        if name != "sort" and value and name not in known:
            raise Malformed
    return found


def portion(batch: Batch, position: str, size: int) -> Portion:
    """The next so many after a position, "" for the beginning. What was excepted is left out, so
    there may be fewer. Raises TooSlow."""
    if batch.filters is None:
        start = int(position or 0)
        end = start + size
        return Portion(batch.ids[start:end], str(end), end >= len(batch.ids))
    with in_zone(batch):
        filters = gallery_filters.read(batch.filters)
        after = positions.read(position) or _beginning(batch)
        found = ids_of(batch.owner, filters, Part(after, limit=size))
    ids = [one.id for one in found]
    left_out = {*batch.ids, *_later(batch, ids)}
    end_at = str(found[-1]) if found else position
    return Portion([one for one in ids if one not in left_out], end_at, len(found) < size)


def between(user: User, filters: Filters, one: Position, other: Position, limit: int) -> list[str]:
    """The positions from one image to another, both included, at most one more than so many.
    Raises TooSlow."""
    ends = sorted([one, other], key=lambda end: (end.rank or 0, end.at, end.id))
    first, last = ends if filters.oldest_first else ends[::-1]
    part = Part(first, last, limit, bounded=True)
    return [str(first), *(str(found) for found in ids_of(user, filters, part) if found != first)]


def counted(batch: Batch, size: int) -> Iterator[int]:
    """How many images are still to come, portion by portion. Raises TooSlow."""
    position, is_last = batch.position, False
    while not is_last:
        found = portion(batch, position, size)
        position, is_last = found.position, found.is_last
        yield len(found.ids)


def _beginning(batch: Batch) -> Position:
    assert batch.until is not None  # noqa: S101  a gallery's selection has its moment
    return Position(batch.until, LAST)


def _later(batch: Batch, ids: Sequence[UUID]) -> set[UUID]:
    """Images that were asked for before they were selected, but drawn after it: nobody saw
    them."""
    drawn = GeneratedImage.objects.filter(pk__in=ids, file__created_at__gt=batch.until)
    return set(drawn.values_list("pk", flat=True))


@contextmanager
def in_zone(batch: Batch) -> Iterator[None]:
    """Days begin where the reader is."""
    with timezone.override(ZoneInfo(batch.time_zone) if batch.time_zone else None):
        yield
