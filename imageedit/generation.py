"""What a worker does for a turn: all of its open outputs at once, and how the run ends."""

from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import F
from django.db.models.functions import Coalesce

from activity.kinds import Outcome
from activity.models import Generation, State
from activity.streaming.sink import TextSink
from files.reading import image_for_model
from gallery.generation import ReferenceGone
from gallery.images import PENDING, UNDRAWN, ImageStatus
from gallery.making import Slot, draw_all
from gallery.saving import saved
from gallery.slots import kept_results
from imageedit import progress
from imageedit.asking import KIND
from imageedit.models import Output, Turn, TurnStatus
from imageedit.parts import Claim
from providers.base import ImageData, ImageRequest, Usage
from providers.models import AIModel
from providers.registry import endpoint_for
from providers.sessions import Sessions

FAILING = (State.FAILED, State.INTERRUPTED)


@dataclass(frozen=True, slots=True)
class Work:
    claim: Claim
    slots: list[Slot] = field(default_factory=list)


class EditingImage:
    """The kind of generation that works on a turn of an edit conversation."""

    name = KIND
    resumes = True

    def prepare(self, generation: Generation) -> Work:
        turn = Turn.objects.select_related("conversation__owner").get(generations=generation)
        owner = turn.conversation.owner
        claim = Claim(generation.pk, generation.epoch, owner, turn.conversation_id, turn.pk)
        return Work(claim, _slots(generation, turn, _references(turn)))

    async def run(self, work: Work, sink: TextSink, sessions: Sessions) -> Usage:
        requests = {slot.id: slot.request for slot in work.slots}
        await saved(work.claim.begin_drawing, requests)
        costs = await draw_all(work.claim, work.slots, sessions)
        return Usage(cost=sum(costs, Decimal(0)) if costs else None)

    def settle(self, generation: Generation, outcome: Outcome) -> None:
        if generation.edit_id is None or generation.turn_id is None:
            return
        conversation = progress.locked(generation.edit_id)
        turn = Turn.objects.get(pk=generation.turn_id)
        revision = conversation.bump()
        open_outputs = turn.outputs.filter(status__in=UNDRAWN)
        was_open = open_outputs.exists()
        failed = outcome.state in FAILING
        open_outputs.update(
            status=ImageStatus.FAILED if failed else ImageStatus.STOPPED,
            error_code=outcome.error_code if failed else "",
            error_detail=outcome.error_detail if failed else "",
        )
        stopped = was_open and outcome.state == State.STOPPED
        seconds = Coalesce(F("seconds"), 0.0) + (outcome.seconds or 0.0)
        Turn.objects.filter(pk=turn.pk).update(
            status=TurnStatus.STOPPED if stopped else _status(turn),
            seconds=seconds,
            revision=revision,
        )
        if outcome.state != State.STOPPED:
            conversation.unread = True
            conversation.save(update_fields=["unread"])
        progress.announce(conversation)

    def after(self, generation: Generation, outcome: Outcome) -> None:
        """Nothing waits for a turn."""


def _status(turn: Turn) -> TurnStatus:
    there = turn.outputs.filter(status__in=[*PENDING, ImageStatus.READY])
    return TurnStatus.COMPLETED if there.exists() else TurnStatus.FAILED


def _references(turn: Turn) -> list[ImageData]:
    """Raises ReferenceGone."""
    files = [one.file for one in turn.references.select_related("file__blob")]
    images = [image for file in files if (image := image_for_model(file.blob))]
    if len(images) < len(files):
        raise ReferenceGone
    return images


def _slots(generation: Generation, turn: Turn, images: list[ImageData]) -> list[Slot]:
    open_outputs = list(turn.outputs.filter(status__in=UNDRAWN))
    kept = kept_results(generation.pk, [output.pk for output in open_outputs])
    conversation = turn.conversation
    slots = []
    for output in open_outputs:
        model = _usable(output)
        request = ImageRequest(
            prompt=turn.instruction,
            aspect_ratio=conversation.aspect_ratio,
            resolution=conversation.resolution,
            references=images[: model.max_references or 1] if model else [],
        )
        endpoint = endpoint_for(model) if model else None
        slots.append(Slot(output.pk, request, model, endpoint, kept.get(output.pk)))
    return slots


def _usable(output: Output) -> AIModel | None:
    """None where the model cannot be asked, or cannot change images, any more."""
    if output.model_id is None:
        return None
    return AIModel.objects.available().filter(pk=output.model_id, image_edit=True).first()
