"""Finished parts of a run, each saved at once by the worker that holds the generation: a worker
that dies loses only what was under way. Every write is fenced by the generation's epoch."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from django.db import models, transaction
from django.db.models import F
from django.db.models.functions import Coalesce

from accounts.models import User
from accounts.refusals import Refusal
from activity import ledger
from activity.text import storable
from files import opened
from files.models import Blob, File
from files.models import State as BlobState
from files.services import keep_result
from gallery import progress
from gallery.captions import Caption
from gallery.images import UNDRAWN, GeneratedImage, ImageStatus
from gallery.models import CaptionStatus, Exchange, Post
from providers.base import ProviderError, Usage

NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Claim:
    """Who works on what."""

    generation_id: UUID
    epoch: int
    post_id: UUID
    exchange_id: int
    owner: User


@dataclass(frozen=True, slots=True)
class Spent:
    """What a part took: seconds, US dollars where they are known, tokens."""

    seconds: float | None = None
    cost: Decimal | None = None
    usage: Usage = field(default_factory=Usage)


@contextmanager
def _part(claim: Claim, *, blob_id: str = "") -> Iterator[Post]:
    """A transaction that changes a part of the post. Rows are locked in the same order as
    everywhere: generation, blob, post. Raises ledger.Lost."""
    with transaction.atomic(durable=True):
        ledger.hold(claim.generation_id, epoch=claim.epoch)
        if blob_id:
            opened.locked(blob_id)
        post = progress.locked(claim.post_id)
        post.bump()
        yield post
        progress.renew(post)


def save_caption(claim: Claim, caption: Caption, spent: Spent) -> None:
    with _part(claim) as post:
        post.caption, post.hashtags = caption.text, caption.hashtags
        Exchange.objects.filter(pk=claim.exchange_id).update(
            caption=caption.text,
            hashtags=caption.hashtags,
            caption_status=CaptionStatus.READY,
            caption_cost=_plus("caption_cost", spent.cost),
            caption_seconds=spent.seconds,
            cost=_plus("cost", spent.cost),
            prompt_tokens=spent.usage.prompt_tokens,
            completion_tokens=spent.usage.completion_tokens,
            revision=post.revision,
        )


def begin_drawing(claim: Claim, prompts: Mapping[UUID, str]) -> None:
    """All open slots at once. `prompts`: what each model is told."""
    with _part(claim) as post:
        slots = list(GeneratedImage.objects.filter(pk__in=prompts, status__in=UNDRAWN))
        for slot in slots:
            slot.status, slot.revision = ImageStatus.DRAWING, post.revision
            slot.prompt = prompts[slot.pk]
        GeneratedImage.objects.bulk_update(slots, ["status", "prompt", "revision"])


def result_id(generation_id: UUID, image_id: UUID) -> UUID:
    """Of the file that a generation makes for a slot: so a worker that goes on after another
    finds what that one had kept already."""
    return uuid5(generation_id, str(image_id))


def kept_results(generation_id: UUID, image_ids: list[UUID]) -> dict[UUID, File]:
    """Of these slots those whose image is kept, though the slot does not know it yet."""
    ids = {result_id(generation_id, image_id): image_id for image_id in image_ids}
    files = File.objects.filter(pk__in=ids).exclude(blob__state=BlobState.FAILED)
    return {ids[file.pk]: file for file in files}


def keep_image(claim: Claim, image_id: UUID, name: str, content: bytes, spent: Spent) -> None:
    """Keep what a model drew. What cannot be kept fails the slot; it was paid for all the same."""
    try:
        file = keep_result(
            user=claim.owner,
            file_id=result_id(claim.generation_id, image_id),
            name=name,
            content=content,
        )
    except Refusal as refusal:
        known = refusal.code in ("no_room", "storage_away", "too_large")
        fail_image(claim, image_id, refusal.code if known else "no_image", spent=spent)
    else:
        adopt_image(claim, image_id, file, spent)


def adopt_image(claim: Claim, image_id: UUID, file: File, spent: Spent) -> None:
    with _part(claim, blob_id=file.blob_id) as post:
        found = state_of(Blob.objects.get(pk=file.blob_id))
        values = {"file": file, "seconds": spent.seconds, "error_code": "", **found}
        _save_slot(claim, post, image_id, values, spent)


def state_of(blob: Blob) -> dict[str, Any]:
    """What a slot says of an image that the media worker has opened, or will."""
    if blob.state == BlobState.READY:
        return {"status": ImageStatus.READY, "width": blob.width, "height": blob.height}
    if blob.state == BlobState.FAILED:
        return {"status": ImageStatus.FAILED, "error_code": blob.error_code}
    return {"status": ImageStatus.DEVELOPING}


def fail_image(
    claim: Claim, image_id: UUID, code: str, detail: str = "", *, spent: Spent | None = None
) -> None:
    spent = spent or Spent()
    with _part(claim) as post:
        values = {
            "status": ImageStatus.FAILED,
            "error_code": code,
            "error_detail": storable(detail)[:2000],
            "seconds": spent.seconds,
        }
        _save_slot(claim, post, image_id, values, spent)


def _save_slot(
    claim: Claim, post: Post, image_id: UUID, values: dict[str, Any], spent: Spent
) -> None:
    slot = GeneratedImage.objects.filter(pk=image_id, status__in=UNDRAWN)
    if slot.update(cost=_plus("cost", spent.cost), revision=post.revision, **values):
        Exchange.objects.filter(pk=claim.exchange_id).update(
            cost=_plus("cost", spent.cost), revision=post.revision
        )


def _plus(column: str, amount: Decimal | None) -> models.expressions.Combinable:
    if amount is None:
        return F(column)
    return Coalesce(F(column), NOTHING) + amount


def failure_of(error: BaseException) -> tuple[str, str]:
    """Code and detail."""
    if isinstance(error, ProviderError):
        return error.code, error.detail
    return "internal", repr(error)
