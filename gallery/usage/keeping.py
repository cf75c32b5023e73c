"""Remembering what calls cost before their rows are deleted for good. To be called in the
transaction that deletes them."""

from typing import Any

from django.db.models import Count, DateTimeField, F, Func, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce

from activity.models import Generation
from gallery.images import GeneratedImage
from gallery.models import Exchange
from gallery.usage.models import PurgedCalls
from gallery.usage.reading import (
    DRAWN,
    IMAGES,
    Slots,
    asked_answers,
    asked_captions,
    asked_images,
)


class Quarter(Func):
    """The quarter of an hour that a moment is in."""

    template = "date_bin('15 minutes', %(expressions)s, TIMESTAMPTZ '2000-01-01 00:00:00+00')"
    output_field = DateTimeField()


def keep_answers(generations: "QuerySet[Generation]") -> None:
    sums = _sums(
        asked_answers(generations), "user_id", "created_at", "cost",
        model=F("model_id"), name=Value(""),
        sent=Coalesce(Sum("prompt_tokens"), 0), written=Coalesce(Sum("completion_tokens"), 0),
    )  # fmt: skip
    _add("answer", sums)


def keep_captions(exchanges: "QuerySet[Exchange]") -> None:
    sums = _sums(
        asked_captions(exchanges), "owner_id", "created_at", "caption_cost",
        model=F("text_model_id"), name=F("text_model_name"),
        sent=Coalesce(Sum("prompt_tokens"), 0), written=Coalesce(Sum("completion_tokens"), 0),
    )  # fmt: skip
    _add("caption", sums)


def keep_images(images: "QuerySet[GeneratedImage]") -> None:
    keep_slots(IMAGES, images)


def keep_slots(slots: Slots, rows: "QuerySet[Any]") -> None:
    sums = _sums(
        asked_images(rows), slots.owner, slots.at, "cost",
        model=F("model_id"), name=F("model_name"), drawn=Count("pk", filter=DRAWN),
    )  # fmt: skip
    _add("image", sums)


def _sums(
    rows: "QuerySet[Any]", user: str, at: str, cost: str, *, model: F, name: Any, **sums: Any
) -> "QuerySet[Any, dict[str, Any]]":
    """Groups by person, model and quarter of an hour."""
    groups = rows.order_by().values(
        spender=F(user), asked_model=model, asked_name=name, quarter=Quarter(at)
    )
    found: QuerySet[Any, dict[str, Any]] = groups.annotate(
        calls=Count("pk"), spent=Sum(cost), unknown=Count("pk", filter=Q(**{cost: None})), **sums
    )
    return found


def _add(work: str, groups: "QuerySet[Any, dict[str, Any]]") -> None:
    PurgedCalls.objects.bulk_create(
        PurgedCalls(
            user_id=group["spender"],
            work=work,
            model_id=group["asked_model"],
            model_name=group["asked_name"],
            at=group["quarter"],
            calls=group["calls"],
            images=group.get("drawn", 0),
            prompt_tokens=group.get("sent", 0),
            completion_tokens=group.get("written", 0),
            cost=group["spent"],
            unknown=group["unknown"],
        )
        for group in groups
    )
