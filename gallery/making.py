"""Captions and images from their models, on the worker's event loop."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

import structlog

from activity.streaming.sink import TextSink
from files.models import File
from gallery.captions import Caption, CaptionReader, as_markdown
from gallery.saving import saved
from gallery.slots import SlotClaim, Spent, failure_of
from providers.base import (
    Completed,
    Endpoint,
    ImageRequest,
    ImageResult,
    TextDelta,
    TextRequest,
    Usage,
)
from providers.models import AIModel
from providers.registry import image_provider, text_provider
from providers.sessions import Sessions

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Writing:
    endpoint: Endpoint
    request: TextRequest
    model: AIModel


@dataclass(frozen=True, slots=True)
class Slot:
    """An image to be drawn; without a model it cannot be. `kept`: a worker that died has had it
    drawn already."""

    id: UUID
    request: ImageRequest
    model: AIModel | None
    endpoint: Endpoint | None
    kept: File | None = None


async def write_caption(
    writing: Writing, sink: TextSink, sessions: Sessions
) -> tuple[Caption, Spent]:
    """The caption, shown as it is written. Raises a ProviderError."""
    started, usage, reader = time.monotonic(), Usage(), CaptionReader()
    # Closed at once when the task is cancelled: a stopped caption must not go on costing.
    stream = text_provider(writing.endpoint, sessions).stream(writing.request)
    async with aclosing(stream):
        async for event in stream:
            if isinstance(event, TextDelta):
                if more := reader.feed(event.text):
                    sink.write(as_markdown(more))
            elif isinstance(event, Completed):
                usage = event.usage
    cost = _text_cost(writing.model, usage)
    return reader.end(), Spent(time.monotonic() - started, cost, usage)


async def draw_all(claim: SlotClaim, slots: Sequence[Slot], sessions: Sessions) -> list[Decimal]:
    """All at once, in any order; what one of them fails of is its own. Returns what is known of
    their costs. Raises what kept a part from being saved, once all others are done."""
    drawing = (_draw(claim, slot, sessions) for slot in slots)
    costs = await asyncio.gather(*drawing, return_exceptions=True)
    if failures := [cost for cost in costs if isinstance(cost, BaseException)]:
        raise failures[0]
    return [cost for cost in costs if isinstance(cost, Decimal)]


async def _draw(claim: SlotClaim, slot: Slot, sessions: Sessions) -> Decimal | None:
    if slot.kept is not None:
        spent = Spent(cost=slot.model.image_price if slot.model else None)
        await saved(claim.adopt_image, slot.id, slot.kept, spent)
        return spent.cost
    if slot.model is None or slot.endpoint is None:
        await saved(claim.fail_image, slot.id, "model_gone")
        return None
    started = time.monotonic()
    try:
        result = await _ask(slot.endpoint, slot.request, sessions)
    except Exception as error:  # whatever breaks here, the other images go on
        code, detail = failure_of(error)
        log.info("image_failed", image=str(slot.id), code=code, detail=detail[:200])
        spent = Spent(time.monotonic() - started)
        await saved(claim.fail_image, slot.id, code, detail, spent=spent)
        return None
    cost = _image_cost(slot.model, result.usage)
    spent = Spent(time.monotonic() - started, cost, result.usage)
    name = f"{slot.model.name}.{result.image.media_type.removeprefix('image/')}"
    await saved(claim.keep_image, slot.id, name, result.image.content, spent)
    return cost


async def _ask(endpoint: Endpoint, request: ImageRequest, sessions: Sessions) -> ImageResult:
    provider = image_provider(endpoint, sessions)
    return await (provider.edit(request) if request.references else provider.generate(request))


def _text_cost(model: AIModel, usage: Usage) -> Decimal | None:
    """What the provider says that it took, else what the model's price makes of the tokens."""
    if usage.cost is not None:
        return usage.cost
    if usage.prompt_tokens is None or usage.completion_tokens is None:
        return None
    return model.text_cost(
        prompt_tokens=usage.prompt_tokens, completion_tokens=usage.completion_tokens
    )


def _image_cost(model: AIModel, usage: Usage) -> Decimal | None:
    if usage.cost is not None:
        return usage.cost
    return model.image_price if model.image_price is not None else _text_cost(model, usage)
