"""What was asked of models in a month, read as sums by model and day: few rows, however many
calls there were."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Count, Min, Q, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from accounts.models import User
from activity.models import IN_FLIGHT, Generation
from gallery.usage.amounts import Amount
from gallery.usage.months import Month, month_of


@dataclass(frozen=True, slots=True)
class Row:
    """Calls of one kind of work to one model on one day. `model_id` None: the model was removed,
    and `name` is what is remembered of it."""

    work: str
    model_id: UUID | None
    name: str
    day: date
    amount: Amount


def rows(user: User, month: Month) -> list[Row]:
    return [*answers(user, month)]


def first_month(user: User) -> Month | None:
    """When the person's first work was asked for; None where none was."""
    first = Generation.objects.filter(user=user).aggregate(at=Min("created_at"))["at"]
    return month_of(first) if first else None


def answers(user: User, month: Month) -> Iterator[Row]:
    """What is still being written costs nothing known yet, and is not counted."""
    ended = Generation.objects.filter(user=user).exclude(state__in=IN_FLIGHT)
    sums = _by_day(ended, month, "model_id").annotate(
        prompt_tokens=Sum("prompt_tokens"), completion_tokens=Sum("completion_tokens")
    )
    for found in sums:
        amount = Amount(
            calls=found["calls"],
            prompt_tokens=found["prompt_tokens"] or 0,
            completion_tokens=found["completion_tokens"] or 0,
            cost=found["sum"],
            unknown=found["unknown"],
        )
        yield Row("answer", found["model_id"], "", found["day"], amount)


def _by_day(rows: "QuerySet[Any]", month: Month, *fields: str) -> "QuerySet[Any, dict[str, Any]]":
    """Groups of a month's rows: one for each value of the fields and each of the reader's days."""
    day = TruncDate("created_at", tzinfo=timezone.get_current_timezone())
    inside = rows.filter(created_at__gte=month.start, created_at__lt=month.end).order_by()
    return inside.values(*fields, day=day).annotate(
        calls=Count("pk"), sum=Sum("cost"), unknown=Count("pk", filter=Q(cost=None))
    )
