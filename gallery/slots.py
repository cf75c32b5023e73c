"""What fills the slots of images, whoever asked for them: posts, and turns of edit conversations.
Each finished slot is saved at once by the worker that holds the generation, fenced by its epoch,
so a worker that dies loses only what was under way."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from django.db import models
from django.db.models import F
from django.db.models.functions import Coalesce

from accounts.models import User
from accounts.refusals import Refusal
from files.models import Blob, File
from files.models import State as BlobState
from files.services import keep_result
from gallery.images import ImageStatus
from providers.base import ProviderError, Usage

NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Spent:
    """What a part took: seconds, US dollars where they are known, tokens."""

    seconds: float | None = None
    cost: Decimal | None = None
    usage: Usage = field(default_factory=Usage)


@dataclass(frozen=True, slots=True)
class SlotClaim(ABC):
    """A worker's right to fill slots. Its methods raise ledger.Lost."""

    generation_id: UUID
    epoch: int
    owner: User

    @abstractmethod
    def adopt_image(self, slot_id: UUID, file: File, spent: Spent) -> None:
        """Fill a slot with an image that is kept."""

    @abstractmethod
    def fail_image(
        self, slot_id: UUID, code: str, detail: str = "", *, spent: Spent | None = None
    ) -> None:
        """Say why there is none."""

    def keep_image(self, slot_id: UUID, name: str, content: bytes, spent: Spent) -> None:
        """Keep what a model drew. What cannot be kept fails the slot; it was paid for all the
        same."""
        try:
            file = keep_result(
                user=self.owner,
                file_id=result_id(self.generation_id, slot_id),
                name=name,
                content=content,
            )
        except Refusal as refusal:
            known = refusal.code in ("no_room", "storage_away", "too_large")
            self.fail_image(slot_id, refusal.code if known else "no_image", spent=spent)
        else:
            self.adopt_image(slot_id, file, spent)


def result_id(generation_id: UUID, slot_id: UUID) -> UUID:
    """Of the file that a generation makes for a slot: so a worker that goes on after another
    finds what that one had kept already."""
    return uuid5(generation_id, str(slot_id))


def kept_results(generation_id: UUID, slot_ids: list[UUID]) -> dict[UUID, File]:
    """Of these slots those whose image is kept, though the slot does not know it yet."""
    ids = {result_id(generation_id, slot_id): slot_id for slot_id in slot_ids}
    files = File.objects.filter(pk__in=ids).exclude(blob__state=BlobState.FAILED)
    return {ids[file.pk]: file for file in files}


def state_of(blob: Blob) -> dict[str, Any]:
    """What a slot says of an image that the media worker has opened, or will."""
    if blob.state == BlobState.READY:
        return {"status": ImageStatus.READY, "width": blob.width, "height": blob.height}
    if blob.state == BlobState.FAILED:
        return {"status": ImageStatus.FAILED, "error_code": blob.error_code}
    return {"status": ImageStatus.DEVELOPING}


def plus(column: str, amount: Decimal | None) -> models.expressions.Combinable:
    """The column and so much more; where nothing is known, nothing changes."""
    if amount is None:
        return F(column)
    return Coalesce(F(column), NOTHING) + amount


def failure_of(error: BaseException) -> tuple[str, str]:
    """Code and detail."""
    if isinstance(error, ProviderError):
        return error.code, error.detail
    return "internal", repr(error)
