"""Where an image stands in a gallery: what a page begins after. No OFFSET, so the thousandth page
costs what the first does."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db.models import Q

from gallery.browse.filters import Filters

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
WRITTEN = re.compile(r"(\d{1,17})-([0-9a-f]{32})(?:-([0-9.e-]{1,24}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Position:
    """`rank` is None in galleries by date."""

    at: datetime
    id: UUID
    rank: float | None = None

    def __str__(self) -> str:
        written = f"{(self.at - EPOCH) // MICROSECOND}-{self.id.hex}"
        return written if self.rank is None else f"{written}-{self.rank!r}"


def read(text: str) -> Position | None:
    """None for what is no position: the first page is shown then."""
    found = WRITTEN.fullmatch(text)
    if found is None:
        return None
    try:
        at = EPOCH + int(found[1]) * MICROSECOND
        return Position(at, UUID(found[2]), float(found[3]) if found[3] else None)
    except (OverflowError, ValueError):
        return None


def order(filters: Filters, *, backwards: bool = False) -> list[str]:
    names = ["rank", "created_at", "id"] if filters.by_rank else ["created_at", "id"]
    return names if filters.oldest_first != backwards else [f"-{name}" for name in names]


def beyond(filters: Filters, position: Position, *, backwards: bool = False) -> Q:
    """Further on in this order, or further back. The first condition of two is what an index is
    entered by."""
    more = "gt" if filters.oldest_first != backwards else "lt"
    at, pk = position.at, position.id
    by_date = Q(**{f"created_at__{more}e": at}) & (
        Q(**{f"created_at__{more}": at}) | Q(**{f"id__{more}": pk})
    )
    if not filters.by_rank:
        return by_date
    rank = position.rank or 0.0
    return Q(**{f"rank__{more}": rank}) | Q(rank=rank) & by_date
