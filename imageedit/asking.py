"""Asking for a turn: what starting a conversation, going on with it and trying again share."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from accounts.models import User
from activity import ledger
from activity.counts import count_refused_send
from activity.models import Generation
from files.models import File
from gallery import choosing
from gallery.asking import Asked, earlier
from gallery.images import GeneratedImage, ImageStatus
from imageedit import progress
from imageedit.models import EditConversation, Output, Reference, Turn
from imageedit.refusals import Busy, CannotEdit, NoReference
from providers.models import AIModel

KIND = "imageedit.turn"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a turn asks for: an image of each model, made of these."""

    instruction: str
    models: Sequence[AIModel]
    files: Sequence[File]


def wanted(
    user: User, instruction: str, model_ids: Sequence[UUID], file_ids: Sequence[UUID]
) -> Wanted:
    """Raises a Refusal. `instruction` was checked before."""
    models = choosing.image_models(model_ids)
    for model in models:
        if not model.image_edit:
            raise CannotEdit(name=model.name)
    files = choosing.references(user, file_ids)
    if not files:
        raise NoReference
    return Wanted(instruction, models, files)


def lost_race(request: ledger.Request) -> Asked:
    """Somebody else holds the lock or has the key: another delivery of this very request, which
    is then this one's answer too, or another request."""
    if asked := earlier(request):
        return asked
    count_refused_send(user_id=request.user_id, reason="busy")
    raise Busy


def begin(request: ledger.Request, conversation: EditConversation, asks: Wanted) -> Generation:
    """A new turn of a locked conversation, and its generation. Raises ledger.Busy."""
    conversation.turn_count += 1
    conversation.instruction = asks.instruction
    conversation.unread = False
    conversation.save(update_fields=["turn_count", "instruction", "unread"])
    revision = conversation.bump()
    turn = Turn.objects.create(
        conversation=conversation,
        number=conversation.turn_count,
        instruction=asks.instruction,
        revision=revision,
        first_revision=revision,
    )
    images = _images_of(conversation, asks.files)
    Reference.objects.bulk_create(
        Reference(turn=turn, file=file, image=images.get(file.pk), position=position)
        for position, file in enumerate(asks.files)
    )
    Output.objects.bulk_create(
        Output(
            turn=turn,
            position=position,
            model=model,
            model_name=model.name,
        )
        for position, model in enumerate(asks.models)
    )
    return submit(request, conversation, turn)


def _images_of(
    conversation: EditConversation, files: Sequence[File]
) -> "dict[UUID, GeneratedImage]":
    """Of the owner's images those of which these are the files; a file may be that of several,
    and then it is the newest's."""
    images = GeneratedImage.objects.filter(
        owner_id=conversation.owner_id, file__in=files, status=ImageStatus.READY
    )
    return {image.file_id: image for image in images.order_by("created_at") if image.file_id}


def submit(request: ledger.Request, conversation: EditConversation, turn: Turn) -> Generation:
    """A generation for what is open in a turn of a locked conversation. Raises ledger.Busy."""
    generation = Generation(
        kind=KIND,
        user_id=request.user_id,
        edit=conversation,
        turn=turn,
        idempotency_key=request.key,
        request_digest=request.digest,
    )
    ledger.submit(generation, owner_id=conversation.owner_id)
    progress.announce(conversation, top=True)
    return generation
