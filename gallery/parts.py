"""Finished parts of a run of a post, each saved at once by the worker that holds the generation."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from activity import ledger
from activity.text import storable
from files import opened
from files.models import Blob, File
from gallery import progress
from gallery.captions import Caption
from gallery.images import UNDRAWN, GeneratedImage, ImageStatus
from gallery.models import CaptionStatus, Exchange, Post
from gallery.slots import SlotClaim, Spent, plus, state_of


@dataclass(frozen=True, slots=True)
class Claim(SlotClaim):
    """Who works on which exchange of which post."""

    post_id: UUID
    exchange_id: int

    def save_caption(self, caption: Caption, spent: Spent) -> None:
        with self._part() as post:
            post.caption, post.hashtags = caption.text, caption.hashtags
            Exchange.objects.filter(pk=self.exchange_id).update(
                caption=caption.text,
                hashtags=caption.hashtags,
                caption_status=CaptionStatus.READY,
                caption_cost=plus("caption_cost", spent.cost),
                caption_seconds=spent.seconds,
                cost=plus("cost", spent.cost),
                prompt_tokens=spent.usage.prompt_tokens,
                completion_tokens=spent.usage.completion_tokens,
                revision=post.revision,
            )

    def begin_drawing(self, prompts: Mapping[UUID, str]) -> None:
        """All open slots at once. `prompts`: what each model is told."""
        with self._part() as post:
            slots = list(GeneratedImage.objects.filter(pk__in=prompts, status__in=UNDRAWN))
            for slot in slots:
                slot.status, slot.revision = ImageStatus.DRAWING, post.revision
                slot.prompt = prompts[slot.pk]
            GeneratedImage.objects.bulk_update(slots, ["status", "prompt", "revision"])

    def adopt_image(self, slot_id: UUID, file: File, spent: Spent) -> None:
        with self._part(blob_id=file.blob_id) as post:
            found = state_of(Blob.objects.get(pk=file.blob_id))
            values = {"file": file, "seconds": spent.seconds, "error_code": "", **found}
            self._save_slot(post, slot_id, values, spent)

    def fail_image(
        self, slot_id: UUID, code: str, detail: str = "", *, spent: Spent | None = None
    ) -> None:
        spent = spent or Spent()
        with self._part() as post:
            values = {
                "status": ImageStatus.FAILED,
                "error_code": code,
                "error_detail": storable(detail)[:2000],
                "seconds": spent.seconds,
            }
            self._save_slot(post, slot_id, values, spent)

    @contextmanager
    def _part(self, *, blob_id: str = "") -> Iterator[Post]:
        """A transaction that changes a part of the post. Rows are locked in the same order as
        everywhere: generation, blob, post."""
        with transaction.atomic(durable=True):
            ledger.hold(self.generation_id, epoch=self.epoch)
            if blob_id:
                opened.locked(blob_id)
            post = progress.locked(self.post_id)
            post.bump()
            yield post
            progress.renew(post)

    def _save_slot(self, post: Post, slot_id: UUID, values: dict[str, Any], spent: Spent) -> None:
        slot = GeneratedImage.objects.filter(pk=slot_id, status__in=UNDRAWN)
        if slot.update(cost=plus("cost", spent.cost), revision=post.revision, **values):
            Exchange.objects.filter(pk=self.exchange_id).update(
                cost=plus("cost", spent.cost), revision=post.revision
            )
