"""What was asked of models in a month, read as sums by model and day: few rows, however many
calls there were."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Count, Min, Q, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from accounts.models import User
from activity.models import IN_FLIGHT, Generation
from gallery.asking import KIND as POST
from gallery.images import UNDRAWN, GeneratedImage, ImageStatus
from gallery.models import CaptionStatus, Exchange
from gallery.usage.amounts import Amount
from gallery.usage.models import PurgedCalls
from gallery.usage.months import Month, month_of

DRAWN = Q(status__in=[ImageStatus.READY, ImageStatus.DEVELOPING])
# What was stopped before a model was asked is no call.
NEVER_ASKED = Q(status=ImageStatus.STOPPED, cost=None, seconds=None)
CAPTION_NEVER_ASKED = Q(
    caption_status=CaptionStatus.STOPPED, caption_cost=None, caption_seconds=None
)
NO_CAPTION = (CaptionStatus.NOT_ASKED, CaptionStatus.WAITING)


@dataclass(frozen=True, slots=True)
class Row:
    """Calls of one kind of work to one model on one day. `model_id` None: the model was removed,
    and `name` is what is remembered of it."""

    work: str
    model_id: UUID | None
    name: str
    day: date
    amount: Amount


@dataclass(frozen=True, slots=True)
class Slots:
    """Rows that each stand for an image that a model was asked for by a generation of this kind,
    with its `model`, `model_name`, `status`, `cost` and `seconds`; `owner` and `at` are the paths
    to whose they are and when they were asked for."""

    kind: str
    rows: Callable[[], "QuerySet[Any]"]
    owner: str
    at: str


# By the exchange, whose index there is.
IMAGES = Slots(POST, GeneratedImage.objects.all, "exchange__owner", "exchange__created_at")
_slots = [IMAGES]


def register(slots: Slots) -> None:
    """Apps above have slots of their own."""
    _slots.append(slots)


def rows(user: User, month: Month) -> list[Row]:
    present = [*answers(user, month), *captions(user, month), *images(user, month)]
    return [*present, *purged(user, month)]


def first_month(user: User) -> Month | None:
    """When the person's first work was asked for; None where none was."""
    first = Generation.objects.filter(user=user).aggregate(at=Min("created_at"))["at"]
    gone = PurgedCalls.objects.filter(user=user).aggregate(at=Min("at"))["at"]
    moments = [at for at in (first, gone) if at]
    return month_of(min(moments)) if moments else None


def asked_answers(generations: "QuerySet[Generation]") -> "QuerySet[Generation]":
    """What is still being written costs nothing known yet, and is not counted. The costs of posts
    and of edits are those of their captions and images."""
    return generations.exclude(kind__in=[one.kind for one in _slots]).exclude(state__in=IN_FLIGHT)


def asked_captions(exchanges: "QuerySet[Exchange]") -> "QuerySet[Exchange]":
    return exchanges.exclude(caption_status__in=NO_CAPTION).exclude(CAPTION_NEVER_ASKED)


def asked_images(images: "QuerySet[Any]") -> "QuerySet[Any]":
    """Those in the trash too: they were paid for."""
    return images.exclude(status__in=UNDRAWN).exclude(NEVER_ASKED)


def answers(user: User, month: Month) -> Iterator[Row]:
    ended = asked_answers(Generation.objects.filter(user=user))
    sums = _by_day(ended, month, "created_at", "cost", "model_id")
    for found in sums.annotate(sent=Sum("prompt_tokens"), written=Sum("completion_tokens")):
        yield Row("answer", found["model_id"], "", found["day"], _of_text(found))


def captions(user: User, month: Month) -> Iterator[Row]:
    ended = asked_captions(Exchange.objects.filter(owner=user))
    names = ("text_model_id", "text_model_name")
    sums = _by_day(ended, month, "created_at", "caption_cost", *names)
    for found in sums.annotate(sent=Sum("prompt_tokens"), written=Sum("completion_tokens")):
        model_id, name = (found[field] for field in names)
        yield Row("caption", model_id, name, found["day"], _of_text(found))


def images(user: User, month: Month) -> Iterator[Row]:
    """By the day on which they were asked for."""
    for slots in _slots:
        ended = asked_images(slots.rows().filter(**{slots.owner: user}))
        sums = _by_day(ended, month, slots.at, "cost", "model_id", "model_name")
        for found in sums.annotate(images=Count("pk", filter=DRAWN)):
            amount = Amount(
                calls=found["calls"],
                images=found["images"],
                cost=found["spent"],
                unknown=found["unknown"],
            )
            yield Row("image", found["model_id"], found["model_name"], found["day"], amount)


def purged(user: User, month: Month) -> Iterator[Row]:
    """What was deleted for good since."""
    inside = PurgedCalls.objects.filter(user=user, at__gte=month.start, at__lt=month.end)
    day = TruncDate("at", tzinfo=timezone.get_current_timezone())
    amounts = ("calls", "images", "prompt_tokens", "completion_tokens", "cost", "unknown")
    sums = {f"sum_{name}": Sum(name) for name in amounts}
    groups: Any = inside.values("work", "model_id", "model_name", day=day)
    for found in groups.annotate(**sums):
        amount = Amount(**{name: found[f"sum_{name}"] for name in amounts})
        yield Row(found["work"], found["model_id"], found["model_name"], found["day"], amount)


def _by_day(
    rows: "QuerySet[Any]", month: Month, at: str, cost: str, *fields: str
) -> "QuerySet[Any, dict[str, Any]]":
    """Groups of a month's rows: one for each value of the fields and each of the reader's days."""
    day = TruncDate(at, tzinfo=timezone.get_current_timezone())
    inside = rows.filter(**{f"{at}__gte": month.start, f"{at}__lt": month.end}).order_by()
    groups: QuerySet[Any, dict[str, Any]] = inside.values(*fields, day=day).annotate(
        calls=Count("pk"), spent=Sum(cost), unknown=Count("pk", filter=Q(**{cost: None}))
    )
    return groups


def _of_text(found: dict[str, Any]) -> Amount:
    return Amount(
        calls=found["calls"],
        prompt_tokens=found["sent"] or 0,
        completion_tokens=found["written"] or 0,
        cost=found["spent"],
        unknown=found["unknown"],
    )
