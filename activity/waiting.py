"""What waits for its turn to become a generation; the apps above register theirs. It counts in a
conversation's activity like what is in flight."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import QuerySet

from activity.conversation import Kind

Rows = QuerySet[Any]

_sources: list[tuple[Kind, Callable[[], Rows]]] = []


def register(kind: Kind, source: Callable[[], Rows]) -> None:
    """`source` gives rows that each wait in a conversation of this kind, which they point to by
    a foreign key of its name."""
    _sources.append((kind, source))


def all_waiting(kind: Kind) -> Sequence[Rows]:
    return [source() for name, source in _sources if name == kind]
