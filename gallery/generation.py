"""What a worker does for one run of a post: the caption as it is written, then all images at
once. It asks for what is open, so a run that was cut off goes on after what is there."""

from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from activity.kinds import Outcome
from activity.models import Generation
from activity.streaming.sink import TextSink
from files.models import File
from files.reading import image_for_model
from gallery import ending
from gallery.asking import KIND
from gallery.images import UNDRAWN, GeneratedImage
from gallery.making import Slot, Writing, draw_all, write_caption
from gallery.models import CaptionStatus, Exchange
from gallery.parts import Claim
from gallery.prompts import caption_messages, image_prompt
from gallery.saving import saved
from gallery.slots import kept_results
from providers.base import ImageData, ImageRequest, ProviderError, TextRequest, UnknownModel, Usage
from providers.models import AIModel
from providers.registry import endpoint_for
from providers.sessions import Sessions


class ReferenceGone(ProviderError):
    """A reference cannot be read any more: nothing is asked for without it."""

    code = "reference_gone"


@dataclass(frozen=True, slots=True)
class Work:
    claim: Claim
    writing: Writing | None = None
    slots: list[Slot] = field(default_factory=list)


class MakingPost:
    """The kind of generation that works on an exchange of a post."""

    name = KIND
    resumes = True

    def prepare(self, generation: Generation) -> Work:
        exchanges = Exchange.objects.select_related("post__project", "post__owner")
        exchange = exchanges.get(generations=generation)
        post = exchange.post
        claim = Claim(generation.pk, generation.epoch, post.owner, post.pk, exchange.pk)
        images = _references(exchange)
        return Work(
            claim,
            _writing(exchange, images) if _is_unwritten(exchange) else None,
            _slots(generation, exchange, images),
        )

    async def run(self, work: Work, sink: TextSink, sessions: Sessions) -> Usage:
        spent = Usage()
        if work.writing:
            caption, taken = await write_caption(work.writing, sink, sessions)
            await saved(work.claim.save_caption, caption, taken)
            spent = Usage(taken.usage.prompt_tokens, taken.usage.completion_tokens, taken.cost)
        if work.slots:
            prompts = {slot.id: slot.request.prompt for slot in work.slots}
            await saved(work.claim.begin_drawing, prompts)
            costs = await draw_all(work.claim, work.slots, sessions)
            costs += [spent.cost] if spent.cost is not None else []
            total = sum(costs, Decimal(0)) if costs else None
            spent = Usage(spent.prompt_tokens, spent.completion_tokens, total)
        return spent

    def settle(self, generation: Generation, outcome: Outcome) -> None:
        ending.end(generation, outcome)

    def after(self, generation: Generation, outcome: Outcome) -> None:
        """Nothing waits for a post."""


def _is_unwritten(exchange: Exchange) -> bool:
    return exchange.caption_status == CaptionStatus.WAITING


def _references(exchange: Exchange) -> list[ImageData]:
    files = [one.file for one in exchange.attachments.select_related("file__blob")]
    images = [image for file in files if (image := image_for_model(file.blob))]
    if len(images) < len(files):
        raise ReferenceGone
    return images


def _writing(exchange: Exchange, images: list[ImageData]) -> Writing:
    model = _usable(exchange.text_model_id)
    if model is None:
        raise UnknownModel("the text model was deleted or disabled")
    seen = images if model.vision else []
    request = TextRequest(caption_messages(exchange.post, exchange, seen))
    return Writing(endpoint_for(model), request, model)


def _slots(generation: Generation, exchange: Exchange, images: list[ImageData]) -> list[Slot]:
    open_slots = list(exchange.images.filter(status__in=UNDRAWN).order_by("position"))
    kept = kept_results(generation.pk, [slot.pk for slot in open_slots])
    prompt = image_prompt(exchange.post, exchange)
    return [_slot(slot, prompt, images, kept.get(slot.pk)) for slot in open_slots]


def _slot(slot: GeneratedImage, prompt: str, images: list[ImageData], kept: File | None) -> Slot:
    model = _usable(slot.model_id)
    changes = images[: model.max_references or 1] if model and model.image_edit else []
    request = ImageRequest(
        prompt=prompt,
        aspect_ratio=slot.aspect_ratio,
        resolution=slot.resolution,
        references=changes,
    )
    return Slot(slot.pk, request, model, endpoint_for(model) if model else None, kept)


def _usable(model_id: UUID | None) -> AIModel | None:
    return AIModel.objects.available().filter(pk=model_id).first() if model_id else None
