"""Asking for a run of a post: what create, refine, regenerate and retry share. A request is known
by its client id, so that each can be delivered any number of times."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Max

from accounts.models import User
from activity import ledger
from activity.counts import count_refused_send
from activity.models import Generation
from files.models import File
from gallery import progress, versions
from gallery.images import GeneratedImage
from gallery.models import CaptionStatus, Exchange, ExchangeFile, ExchangeKind, Post
from gallery.refusals import Busy, NotFound, RequestChanged
from providers.models import AIModel

KIND = "gallery.post"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that was accepted, now or (`replayed`) by an earlier delivery of the same."""

    generation: Generation
    replayed: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an exchange asks for: without a text model no caption, without image models no
    images. `keeps_others`: only images of the same models give way to the new ones."""

    kind: ExchangeKind
    instruction: str = ""
    text_model: AIModel | None = None
    image_models: Sequence[AIModel] = ()
    files: Sequence[File] = ()
    keeps_others: bool = False


def earlier(request: ledger.Request) -> Asked | None:
    try:
        generation = ledger.earlier_generation(request)
    except ledger.KeyReused as error:
        raise RequestChanged from error
    return Asked(generation, replayed=True) if generation else None


def lost_race(request: ledger.Request) -> Asked:
    """Somebody else holds the lock or has the key: another delivery of this very request, which
    is then this one's answer too, or another request."""
    if asked := earlier(request):
        return asked
    count_refused_send(user_id=request.user_id, reason="busy")
    raise Busy


def locked_post(user: User, post_id: UUID) -> Post:
    """The user's post as it is now, locked until the transaction ends. Raises NotFound."""
    post = progress.locked(post_id)
    if post.owner_id != user.pk or post.deleted_at:
        raise NotFound  # a stranger's, or in the trash
    return post


def begin(request: ledger.Request, post: Post, wanted: Wanted) -> Generation:
    """A new exchange of a locked post, and its generation. Raises ledger.Busy."""
    last = post.exchanges.aggregate(last=Max("number"))["last"] or 0
    revision = post.bump(shown=bool(wanted.image_models))
    if last:
        versions.keep(post)
    places = _make_room(post, wanted)
    model = wanted.text_model
    exchange = Exchange.objects.create(
        post=post,
        owner_id=post.owner_id,
        number=last + 1,
        kind=wanted.kind,
        based_on=post.version if last else None,
        instruction=wanted.instruction,
        caption_status=CaptionStatus.WAITING if model else CaptionStatus.NOT_ASKED,
        text_model=model,
        text_model_name=model.name if model else "",
        revision=revision,
    )
    post.version = exchange.number
    ExchangeFile.objects.bulk_create(
        ExchangeFile(exchange=exchange, file=file, position=position)
        for position, file in enumerate(wanted.files)
    )
    GeneratedImage.objects.bulk_create(_slots(post, exchange, wanted.image_models, places))
    return submit(request, post, exchange)


def _make_room(post: Post, wanted: Wanted) -> list[int]:
    """Hide the images that give way; returns the places of the new ones."""
    models = wanted.image_models
    if not wanted.keeps_others:
        if models:
            versions.hide_images(post.images.all(), post)
        return list(range(len(models)))
    former = dict(post.images.shown().values_list("model", "position"))
    versions.hide_images(post.images.filter(model__in=models), post)
    end = max(former.values(), default=-1) + 1
    return [former.get(model.pk, end + place) for place, model in enumerate(models)]


def _slots(
    post: Post, exchange: Exchange, models: Sequence[AIModel], places: Sequence[int]
) -> "list[GeneratedImage]":
    return [
        GeneratedImage(
            owner_id=post.owner_id,
            post=post,
            exchange=exchange,
            position=position,
            model=model,
            model_name=model.name,
            aspect_ratio=post.aspect_ratio,
            resolution=post.resolution,
            revision=post.revision,
        )
        for position, model in zip(places, models, strict=True)
    ]


def submit(request: ledger.Request, post: Post, exchange: Exchange) -> Generation:
    """A generation for what is open in an exchange of a locked post. Raises ledger.Busy."""
    writes = exchange.caption_status == CaptionStatus.WAITING
    generation = Generation(
        kind=KIND,
        user_id=request.user_id,
        post=post,
        exchange=exchange,
        model=exchange.text_model if writes else None,
        idempotency_key=request.key,
        request_digest=request.digest,
    )
    ledger.submit(generation, owner_id=post.owner_id)
    progress.renew(post, top=True)
    return generation
