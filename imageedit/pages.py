"""What the pages of edit conversations show. Page, fragment and websocket render the same templates
from it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db.models import Prefetch, Q
from django.urls import reverse

from accounts.models import User
from activity.models import GenerationLock
from activity.reading import consistent_read
from files.models import File
from gallery.alt import alt_of
from gallery.images import PENDING, GeneratedImage, ImageStatus
from gallery.lineage import EditLink
from gallery.models import Post
from imageedit.models import EditConversation, Output, Reference, Turn
from providers.models import AIModel

LINKS = 12  # of a post


@dataclass(frozen=True, slots=True)
class Thumb:
    """An image of the strip, that can be a reference of the next turn. `number`: of its turn, 0 of
    the source; `place`: among that turn's outputs, from 1."""

    file: File
    number: int = 0
    place: int = 0
    is_picked: bool = False


def conversation_context(
    user: User, conversation_id: UUID, *, since: int | None = None
) -> dict[str, Any] | None:
    """All of a conversation's page at one revision, or what changed since another one; None where
    the user may not see it."""
    with consistent_read():
        rows = EditConversation.objects.visible_to(user)
        conversation = rows.select_related("source__file__blob").filter(pk=conversation_id).first()
        if conversation is None:
            return None
        busy = GenerationLock.objects.filter(edit=conversation).exists()
        turns = list(turns_of(conversation, since=since or 0))
        thumbs, pending = _strip(conversation)
        last = _last_models(conversation)
        models = list(AIModel.objects.available().image().filter(image_edit=True))
    return {
        "conversation": conversation,
        "busy": busy,
        "turns": turns,
        "new": [turn for turn in turns if turn.first_revision > (since or 0)],
        "changed": [turn for turn in turns if turn.first_revision <= (since or 0)],
        "thumbs": thumbs,
        "pending": range(pending),
        "picked": [thumb for thumb in thumbs if thumb.is_picked],
        "models": models,
        "chosen": [model for model in models if model.pk in last] or models[:1],
        "base": reverse("imageedit:list").removesuffix("conversations/") + "posts/edit/",
        "client_id": uuid4(),
        "max_references": settings.MAX_ATTACHMENTS,
    }


def turns_of(conversation: EditConversation, *, since: int = 0) -> Any:
    """With what each shows."""
    outputs = Output.objects.select_related(
        "model", "file__blob", "image__file__blob", "image__post"
    )
    references = Reference.objects.select_related("file__blob")
    return (
        Turn.objects.filter(conversation=conversation, revision__gt=since)
        .prefetch_related(
            Prefetch("outputs", outputs.order_by("position")),
            Prefetch("references", references.order_by("position")),
        )
        .order_by("number")
    )


def _strip(conversation: EditConversation) -> tuple[list[Thumb], int]:
    """All images of the conversation that are there, the source first, and how many are still to
    come. Those of the last turn that has any are the references of the next one."""
    outputs = (
        Output.objects.filter(turn__conversation=conversation)
        .select_related("turn", "image__file__blob")
        .order_by("turn__number", "position")
    )
    thumbs: list[Thumb] = []
    places: dict[int, int] = {}
    pending = 0
    for output in outputs:
        pending += output.status in PENDING
        image = output.image
        if image is None or image.deleted_at or image.file is None:
            continue
        number = output.turn.number
        places[number] = places.get(number, 0) + 1
        thumbs.append(Thumb(image.file, number, places[number]))
    source = conversation.source
    if source and source.file and not source.deleted_at:
        thumbs.insert(0, Thumb(source.file))
    last = max((thumb.number for thumb in thumbs), default=0)
    room = settings.MAX_ATTACHMENTS
    return [
        Thumb(one.file, one.number, one.place, is_picked=one.number == last and one.place <= room)
        for one in thumbs
    ], pending


def _last_models(conversation: EditConversation) -> list[UUID]:
    outputs = Output.objects.filter(
        turn__conversation=conversation, turn__number=conversation.turn_count
    )
    return [one for one in outputs.values_list("model", flat=True) if one]


def start_context(user: User, image_id: UUID) -> dict[str, Any] | None:
    """The form that begins to change an image; None where there is no such image."""
    images = GeneratedImage.objects.visible_to(user).filter(status=ImageStatus.READY)
    image = images.select_related("file__blob", "model", "post").filter(pk=image_id).first()
    if image is None:
        return None
    models = list(AIModel.objects.available().image().filter(image_edit=True))
    own = [model for model in models if model.pk == image.model_id]
    return {
        "image": image,
        "alt": alt_of(image.post),
        "models": models,
        "chosen": own or models[:1],
        "conversation_id": uuid4(),
        "max_prompt": settings.MAX_PROMPT_CHARS,
    }


def links_of(post: Post) -> list[EditLink]:
    """The conversations of a post that are not in the trash: the one that made it, and those that
    began with an image of it, the newest first."""
    images = GeneratedImage.objects.filter(post=post).values("pk")
    made = Output.objects.filter(image__in=images).values("turn__conversation")
    rows = EditConversation.objects.filter(owner_id=post.owner_id, deleted_at=None)
    found = (
        rows.filter(Q(pk__in=made) | Q(source__in=images))
        .annotate(is_origin=Q(pk__in=made))
        .order_by("-is_origin", "-updated_at", "-id")
    )
    rows_of = found.values_list("pk", "title", "turn_count", "is_origin")
    return [EditLink(*row) for row in rows_of[:LINKS]]
