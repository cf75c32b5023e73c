"""What a person may have made: a post, another version of it, what is missing. Every operation
checks, writes, enqueues and announces in one transaction, and is safe to repeat."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.models import User
from activity import ledger
from activity import services as generations
from activity.conversation import Conversation
from activity.models import Generation
from activity.sweeping import sweep
from files.models import File
from gallery import choosing, words
from gallery.asking import Asked, Wanted, begin, earlier, locked_post, lost_race
from gallery.images import ImageStatus
from gallery.models import ExchangeKind, Post, Project, Tone
from gallery.refusals import (
    BadShape,
    BadTone,
    NoProject,
    NotFound,
    NothingAsked,
    RequestChanged,
)
from providers.models import AIModel
from providers.sizes import ASPECT_RATIOS, RESOLUTIONS


@dataclass(frozen=True, slots=True)
class Wish:
    """What a new post is to be. What is left open is the project's to say, then the user's."""

    prompt: str
    model_ids: Sequence[UUID] = ()
    project_id: UUID | None = None
    text_model_id: UUID | None = None
    tone: str = ""
    language: str = ""
    aspect_ratio: str = ""
    resolution: str = ""
    file_ids: Sequence[UUID] = ()


def create(*, user: User, post_id: UUID, client_id: UUID, wish: Wish) -> Asked:
    """Make a post and ask for its caption and images. The page makes the id, so that the same
    wish under the same id is the same post, whatever its client id. Raises a Refusal, of which
    nothing is left in the database."""
    wish = _checked(wish)
    parts = (f"{name}={value}" for name, value in asdict(wish).items())
    request = ledger.Request.of(user.pk, client_id, "create", post_id, *parts)
    if asked := earlier(request) or _made_before(request, post_id):
        return asked
    try:
        with transaction.atomic(durable=True):
            return Asked(_create(request, user, post_id, wish), replayed=False)
    except (ledger.Busy, IntegrityError):
        return _made_before(request, post_id) or lost_race(request)


def _create(request: ledger.Request, user: User, post_id: UUID, wish: Wish) -> Generation:
    project = _project(user, wish.project_id)
    defaults = [model.pk for model in project.image_models.all()] if project else []
    wanted = Wanted(
        ExchangeKind.CREATE,
        text_model=choosing.text_model(user, wish.text_model_id, project),
        image_models=choosing.image_models(wish.model_ids or defaults),
        files=choosing.references(user, wish.file_ids),
    )
    post = Post(
        pk=post_id,
        owner=user,
        project=project,
        prompt=wish.prompt,
        tone=wish.tone or (project.tone if project else ""),
        language=wish.language or (project.language if project else ""),
        aspect_ratio=wish.aspect_ratio or (project.aspect_ratio if project else "") or "1:1",
        resolution=wish.resolution or (project.resolution if project else "") or "1K",
        text_model=wanted.text_model,
    )
    post.save(force_insert=True)
    return begin(request, post, wanted)


def _checked(wish: Wish) -> Wish:
    if wish.tone and wish.tone not in Tone.values:
        raise BadTone
    if wish.aspect_ratio and wish.aspect_ratio not in ASPECT_RATIOS:
        raise BadShape
    if wish.resolution and wish.resolution not in RESOLUTIONS:
        raise BadShape
    return replace(wish, prompt=words.prompt(wish.prompt), language=words.language(wish.language))


def _project(user: User, project_id: UUID | None) -> Project | None:
    if project_id is None:
        return None
    project = Project.objects.visible_to(user).filter(pk=project_id).first()
    if project is None:
        raise NoProject
    return project


def _made_before(request: ledger.Request, post_id: UUID) -> Asked | None:
    """The post that is there under this id. Raises NotFound where it is a stranger's, and
    RequestChanged where it was made of another wish."""
    post = Post.objects.filter(pk=post_id).first()
    if post is None:
        return None
    if post.owner_id != request.user_id:
        raise NotFound
    first = Generation.objects.filter(post=post).order_by("created_at").first()
    if first is None or first.request_digest != request.digest:
        raise RequestChanged
    return Asked(first, replayed=True)


def refine(
    *,
    user: User,
    post_id: UUID,
    client_id: UUID,
    text: str,
    wants_caption: bool = True,
    wants_images: bool = True,
    model_ids: Sequence[UUID] = (),
    file_ids: Sequence[UUID] = (),
) -> Asked:
    """Ask for a new version that follows an instruction. Without models those of the images that
    are shown draw again."""
    text = words.instruction(text)
    request = ledger.Request.of(
        user.pk, client_id, "refine", post_id, text, wants_caption, wants_images,
        *model_ids, "files", *file_ids,
    )  # fmt: skip

    def wanted(post: Post) -> Wanted:
        models = _models_again(post, model_ids) if wants_images else []
        base = _image_to_change(post, models)
        return Wanted(
            ExchangeKind.REFINE,
            instruction=text,
            text_model=_text_model_again(user, post) if wants_caption else None,
            image_models=models,
            files=[*base, *choosing.references(user, file_ids)],
        )

    return _ask_again(request, user, post_id, wanted)


def regenerate(
    *,
    user: User,
    post_id: UUID,
    client_id: UUID,
    wants_caption: bool = True,
    wants_images: bool = True,
    model_ids: Sequence[UUID] = (),
) -> Asked:
    """Ask for another version of the same, with the references of the creation. With models only
    their images are made anew."""
    request = ledger.Request.of(
        user.pk, client_id, "regenerate", post_id, wants_caption, wants_images, *model_ids
    )

    def wanted(post: Post) -> Wanted:
        creation = post.exchanges.order_by("number").first()
        files = creation.attachments.select_related("file") if creation else []
        return Wanted(
            ExchangeKind.REGENERATE,
            text_model=_text_model_again(user, post) if wants_caption else None,
            image_models=_models_again(post, model_ids) if wants_images else [],
            files=[one.file for one in files],
            keeps_others=bool(model_ids),
        )

    return _ask_again(request, user, post_id, wanted)


def _ask_again(
    request: ledger.Request, user: User, post_id: UUID, wanted: Callable[[Post], Wanted]
) -> Asked:
    if asked := earlier(request):
        return asked
    sweep(Conversation("post", post_id))
    try:
        with transaction.atomic(durable=True):
            post = locked_post(user, post_id)
            asks = wanted(post)
            if not asks.text_model and not asks.image_models:
                raise NothingAsked
            return Asked(begin(request, post, asks), replayed=False)
    except (ledger.Busy, IntegrityError):
        return lost_race(request)


def _text_model_again(user: User, post: Post) -> AIModel:
    """That of the post, as long as it can be asked."""
    model = post.text_model
    usable = model and AIModel.objects.available().text().filter(pk=model.pk).first()
    return usable or choosing.text_model(user, None, post.project)


def _models_again(post: Post, model_ids: Sequence[UUID]) -> list[AIModel]:
    if model_ids:
        return choosing.image_models(model_ids)
    usable = AIModel.objects.available().image()
    shown = post.images.shown().values_list("model", flat=True)
    found = usable.in_bulk([one for one in shown if one])
    return choosing.image_models([one for one in shown if one in found])


def _image_to_change(post: Post, models: Sequence[AIModel]) -> list[File]:
    """The selected image goes along as the first reference, where a model can change it."""
    if not any(model.image_edit for model in models):
        return []
    ready = post.images.shown().filter(status=ImageStatus.READY).select_related("file")
    image = ready.order_by("-is_selected", "position").first()
    return [image.file] if image and image.file else []


def stop(*, user: User, post_id: UUID) -> bool:
    """Stop what the post is generating; what is there stays. False: nothing was."""
    if not Post.objects.visible_to(user).filter(pk=post_id).exists():
        raise NotFound
    generation = generations.in_flight_in(Conversation("post", post_id))
    return generation is not None and generations.stop(generation=generation)
