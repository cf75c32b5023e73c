"""What a person may do with edit conversations. Every operation checks, writes, enqueues and
announces in one transaction, and is safe to repeat."""

from collections.abc import Sequence
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from activity import ledger
from activity import services as generations
from activity.conversation import Conversation
from activity.models import Generation, GenerationLock
from activity.sweeping import sweep
from activity.text import storable
from gallery import words
from gallery.asking import Asked, earlier
from gallery.images import LOST, GeneratedImage, ImageStatus
from gallery.models import TITLE_CHARS
from gallery.refusals import ImageGone, ImageNotReady, NothingToRetry, RequestChanged
from imageedit import asking, progress
from imageedit.models import TITLE_MAX, EditConversation, Output, Turn, TurnStatus
from imageedit.refusals import EmptyTitle, NotFound


def start(
    *,
    user: User,
    conversation_id: UUID,
    client_id: UUID,
    image_id: UUID,
    text: str,
    model_ids: Sequence[UUID],
    file_ids: Sequence[UUID] = (),
) -> Asked:
    """Begin to change an image of a post; it is the first reference. The page makes the id, so
    that the same wish under the same id is the same conversation. Raises a Refusal, of which
    nothing is left in the database."""
    text = words.instruction(text)
    request = ledger.Request.of(
        user.pk, client_id, "start", conversation_id, image_id, text, *model_ids, "files", *file_ids
    )
    if asked := earlier(request) or _made_before(request, conversation_id):
        return asked
    try:
        with transaction.atomic(durable=True):
            source = _source(user, image_id)
            first = [source.file_id] if source.file_id else []
            asks = asking.wanted(user, text, model_ids, [*first, *file_ids])
            conversation = EditConversation(
                pk=conversation_id,
                owner=user,
                source=source,
                title=_title_of(text),
                aspect_ratio=source.aspect_ratio,
                resolution=source.resolution,
            )
            conversation.save(force_insert=True)
            return Asked(asking.begin(request, conversation, asks), replayed=False)
    except (ledger.Busy, IntegrityError):
        return _made_before(request, conversation_id) or asking.lost_race(request)


def _source(user: User, image_id: UUID) -> GeneratedImage:
    image = GeneratedImage.objects.visible_to(user).filter(pk=image_id).first()
    if image is None:
        raise ImageGone
    if image.status != ImageStatus.READY:
        raise ImageNotReady
    return image


def _title_of(text: str) -> str:
    """The first words."""
    line = " ".join(text[: 4 * TITLE_CHARS].split())
    return line if len(line) <= TITLE_CHARS else f"{line[: TITLE_CHARS - 1].rstrip()}…"


def _made_before(request: ledger.Request, conversation_id: UUID) -> Asked | None:
    """The conversation that is there under this id. Raises NotFound where it is a stranger's, and
    RequestChanged where it was begun with another wish."""
    conversation = EditConversation.objects.filter(pk=conversation_id).first()
    if conversation is None:
        return None
    if conversation.owner_id != request.user_id:
        raise NotFound
    first = Generation.objects.filter(edit=conversation).order_by("created_at").first()
    if first is None or first.request_digest != request.digest:
        raise RequestChanged
    return Asked(first, replayed=True)


def send(
    *,
    user: User,
    conversation_id: UUID,
    client_id: UUID,
    text: str,
    model_ids: Sequence[UUID],
    file_ids: Sequence[UUID],
) -> Asked:
    """Ask for another turn that changes the images of these files. Raises a Refusal."""
    text = words.instruction(text)
    request = ledger.Request.of(
        user.pk, client_id, "turn", conversation_id, text, *model_ids, "files", *file_ids
    )
    if asked := earlier(request):
        return asked
    sweep(Conversation("edit", conversation_id))
    try:
        with transaction.atomic(durable=True):
            conversation = progress.locked_of(user, conversation_id)
            asks = asking.wanted(user, text, model_ids, file_ids)
            return Asked(asking.begin(request, conversation, asks), replayed=False)
    except (ledger.Busy, IntegrityError):
        return asking.lost_race(request)


def retry(
    *,
    user: User,
    conversation_id: UUID,
    client_id: UUID,
    output_id: UUID | None = None,
    number: int | None = None,
) -> Asked:
    """Ask again for one output that did not come, or for all such of the turn of this number, else
    of the last turn that has any. Raises ImageGone or NothingToRetry."""
    request = ledger.Request.of(user.pk, client_id, "retry", conversation_id, output_id, number)
    if asked := earlier(request):
        return asked
    sweep(Conversation("edit", conversation_id))
    try:
        with transaction.atomic(durable=True):
            conversation = progress.locked_of(user, conversation_id)
            if GenerationLock.objects.filter(edit=conversation).exists():
                raise ledger.Busy
            turn, outputs = _lost(conversation, output_id, number)
            _reopen(conversation, turn, outputs)
            return Asked(asking.submit(request, conversation, turn), replayed=False)
    except (ledger.Busy, IntegrityError):
        return asking.lost_race(request)


def _lost(
    conversation: EditConversation, output_id: UUID | None, number: int | None
) -> tuple[Turn, list[Output]]:
    outputs = Output.objects.filter(turn__conversation=conversation).select_related("turn")
    if output_id is not None:
        one = outputs.filter(pk=output_id).first()
        if one is None:
            raise ImageGone
        if not one.is_lost:
            raise NothingToRetry
        return one.turn, [one]
    lost = outputs.filter(status__in=LOST)
    last = (lost.filter(turn__number=number) if number else lost).order_by("-turn__number").first()
    if last is None:
        raise NothingToRetry
    return last.turn, list(last.turn.outputs.filter(status__in=LOST))


def _reopen(conversation: EditConversation, turn: Turn, outputs: Sequence[Output]) -> None:
    revision = conversation.bump()
    turn.status, turn.revision = TurnStatus.RUNNING, revision
    turn.save(update_fields=["status", "revision"])
    Output.objects.filter(pk__in=[output.pk for output in outputs]).update(
        status=ImageStatus.WAITING,
        file=None,
        width=None,
        height=None,
        seconds=None,
        error_code="",
        error_detail="",
    )


def stop(*, user: User, conversation_id: UUID) -> bool:
    """Stop what is being made; what is there stays. False: nothing was."""
    if not EditConversation.objects.visible_to(user).filter(pk=conversation_id).exists():
        raise NotFound
    generation = generations.in_flight_in(Conversation("edit", conversation_id))
    return generation is not None and generations.stop(generation=generation)


def rename(*, user: User, conversation_id: UUID, title: str) -> int:
    """Returns the revision. Raises EmptyTitle."""
    title = " ".join(storable(title).split())[:TITLE_MAX]
    if not title:
        raise EmptyTitle
    with transaction.atomic(durable=True):
        conversation = progress.locked_of(user, conversation_id)
        if conversation.title != title:
            conversation.title = title
            conversation.save(update_fields=["title"])
            conversation.bump()
            progress.announce(conversation)
        return conversation.revision


def delete(*, user: User, conversation_id: UUID) -> None:
    """To the trash; what it makes is stopped, and the posts that it made stay. Deleting again
    stops what an interrupted first time did not."""
    with transaction.atomic(durable=True):
        conversation = _own(user, conversation_id)
        if conversation.deleted_at is None:
            EditConversation.objects.filter(pk=conversation_id).update(deleted_at=timezone.now())
            conversation.bump()
            progress.announce(conversation)
    # Who asks for a turn looks at the row under its lock: none begins any more.
    generation = generations.in_flight_in(Conversation("edit", conversation_id))
    if generation is not None:
        generations.stop(generation=generation)


def restore(*, user: User, conversation_id: UUID) -> None:
    """Out of the trash; again is as good as once. Raises NotFound."""
    with transaction.atomic(durable=True):
        conversation = _own(user, conversation_id)
        if conversation.deleted_at is not None:
            EditConversation.objects.filter(pk=conversation_id).update(deleted_at=None)
            conversation.bump()
            progress.announce(conversation, top=True)


def _own(user: User, conversation_id: UUID) -> EditConversation:
    """Also one in the trash."""
    conversation = progress.locked(conversation_id)
    if conversation.owner_id != user.pk:
        raise NotFound
    return conversation
