"""Finished outputs of a turn, each saved at once by the worker that holds the generation."""

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
from gallery.images import UNDRAWN, ImageStatus
from gallery.slots import SlotClaim, Spent, plus, state_of
from imageedit import progress
from imageedit.models import EditConversation, Output, Turn
from imageedit.posts import post_of
from providers.base import ImageRequest


@dataclass(frozen=True, slots=True)
class Claim(SlotClaim):
    """Who works on which turn of which conversation."""

    conversation_id: UUID
    turn_id: int

    def begin_drawing(self, requests: Mapping[UUID, ImageRequest]) -> None:
        """All open outputs at once, with what each model is sent."""
        with self._part() as conversation:
            outputs = list(Output.objects.filter(pk__in=requests, status__in=UNDRAWN))
            for output in outputs:
                request = requests[output.pk]
                output.status = ImageStatus.DRAWING
                output.prompt, output.sent = request.prompt, len(request.references)
            Output.objects.bulk_update(outputs, ["status", "prompt", "sent"])
            Turn.objects.filter(pk=self.turn_id).update(revision=conversation.revision)

    def adopt_image(self, slot_id: UUID, file: File, spent: Spent) -> None:
        with self._part(blob_id=file.blob_id) as conversation:
            found = state_of(Blob.objects.get(pk=file.blob_id))
            values = {"file": file, "seconds": spent.seconds, "error_code": "", **found}
            self._save(conversation, slot_id, values, spent)
            if found["status"] == ImageStatus.READY:
                ready = Output.objects.without_post().filter(pk=slot_id)
                for output in ready.select_related("file__blob", "model"):
                    post_of(output)

    def fail_image(
        self, slot_id: UUID, code: str, detail: str = "", *, spent: Spent | None = None
    ) -> None:
        spent = spent or Spent()
        with self._part() as conversation:
            values = {
                "status": ImageStatus.FAILED,
                "error_code": code,
                "error_detail": storable(detail)[:2000],
                "seconds": spent.seconds,
            }
            self._save(conversation, slot_id, values, spent)

    @contextmanager
    def _part(self, *, blob_id: str = "") -> Iterator[EditConversation]:
        """A transaction that changes a part of the conversation. Rows are locked in the same
        order as everywhere: generation, blob, conversation."""
        with transaction.atomic(durable=True):
            ledger.hold(self.generation_id, epoch=self.epoch)
            if blob_id:
                opened.locked(blob_id)
            conversation = progress.locked(self.conversation_id)
            conversation.bump()
            yield conversation
            progress.announce(conversation)

    def _save(
        self, conversation: EditConversation, output_id: UUID, values: dict[str, Any], spent: Spent
    ) -> None:
        output = Output.objects.filter(pk=output_id, status__in=UNDRAWN)
        cost = plus("cost", spent.cost)
        if output.update(cost=cost, **values):
            revision = conversation.revision
            Turn.objects.filter(pk=self.turn_id).update(cost=cost, revision=revision)
