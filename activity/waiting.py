"""What waits for its turn to become a generation; the apps above register theirs. It counts in a
thread's activity like what is in flight."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import QuerySet

Rows = QuerySet[Any]

_sources: list[Callable[[], Rows]] = []


def register(source: Callable[[], Rows]) -> None:
    """`source` gives rows that each wait in the thread of their `thread_id`."""
    _sources.append(source)


def all_waiting() -> Sequence[Rows]:
    return [source() for source in _sources]
