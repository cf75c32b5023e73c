"""What the pages of posts show. Page, fragment and websocket render the same templates from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db.models import Prefetch
from django.urls import reverse

from accounts.models import User
from activity.models import Generation, GenerationLock
from activity.reading import consistent_read
from activity.streaming import store
from gallery.alt import alt_of
from gallery.briefs import Brief, brief_of, estimate, new_brief
from gallery.lineage import lineage_of
from gallery.models import (
    CaptionStatus,
    Exchange,
    ExchangeFile,
    ExchangeKind,
    ExchangeStatus,
    GeneratedImage,
    ImageStatus,
    Post,
    Project,
    Status,
    Tone,
)
from providers.models import AIModel
from providers.sizes import RESOLUTIONS


@dataclass(slots=True)
class Caption:
    """How the caption that is shown came to be. `element` is what its text streams into."""

    is_pending: bool = False
    element: str = ""
    html: str = ""
    model_name: str = ""
    pigment: int = 6
    seconds: float | None = None
    cost: Decimal | None = None
    error_sentence: str = ""


def new_context(
    user: User,
    *,
    project_id: UUID | None = None,
    brief: Brief | None = None,
) -> dict[str, Any]:
    """The form for a new post; with `brief` again, as it was sent."""
    models = list(AIModel.objects.available().image())
    projects = _projects(user)
    chosen = next((one for one in projects if one.pk == project_id), None)
    filled = brief or new_brief(user, models, chosen)
    return _common() | {
        "post": None,
        "post_id": uuid4(),
        "busy": False,
        "models": models,
        "projects": projects,
        "brief": filled,
        "ratios": filled.ratios,
        "estimate": estimate(models, filled.model_ids),
    }


def post_context(user: User, post_id: UUID) -> dict[str, Any] | None:
    """All of a post's page at one revision; None where the user may not see it."""
    with consistent_read():
        posts = Post.objects.visible_to(user).with_cost().select_related("project")
        post = posts.filter(pk=post_id).first()
        if post is None:
            return None
        exchanges = list(_exchanges_of(post))
        busy = GenerationLock.objects.filter(post=post).exists()
        is_first_run = busy and _is_first_run(post, exchanges)
        running = _running(post)
        lineage = lineage_of(user, post)
        first = _first_run_context(user, post, exchanges) if is_first_run else {}
    for exchange in exchanges:
        exchange.can_be_shown = exchange.kept is not None and exchange.number != post.version
    images = _shown(exchanges)
    return (
        _common()
        | {
            "post": post,
            "lineage": lineage,
            "busy": busy,
            "is_first_run": is_first_run,
            "caption": _caption(post, exchanges, running),
            "has_no_caption": post.status == Status.CAPTION_FAILED and not post.caption,
            "alt": alt_of(post),
            "images": [] if _waits_for_caption(post, exchanges) else images,
            "ready": sum(image.is_ready for image in images),
            "has_no_image": post.status == Status.GENERATED
            and bool(images)
            and all(image.status == ImageStatus.FAILED for image in images),
            "exchanges": exchanges,
            "failure": None if busy else _failure(post, exchanges),
            "post_models": _models_of(exchanges),
            "seconds": sum(one.seconds or 0 for one in exchanges),
            "client_id": uuid4(),
        }
        | first
    )


def _common() -> dict[str, Any]:
    return {
        "base": reverse("gallery:create").removesuffix("create/"),
        "tones": Tone.choices,
        "resolutions": RESOLUTIONS,
        "max_prompt": settings.MAX_PROMPT_CHARS,
        "max_references": settings.MAX_ATTACHMENTS,
    }


def _is_first_run(post: Post, exchanges: Sequence[Any]) -> bool:
    """Of a post that was asked for by a brief."""
    is_created = bool(exchanges) and exchanges[0].kind == ExchangeKind.CREATE
    return is_created and Generation.objects.filter(post=post)[:2].count() == 1


def _first_run_context(user: User, post: Post, exchanges: Sequence[Any]) -> dict[str, Any]:
    """The brief is shown until the first run is over."""
    creation = exchanges[0] if exchanges else None
    brief = brief_of(post, creation.outputs if creation else [])
    offered = AIModel.objects.available().image()
    models = list(offered | AIModel.objects.filter(pk__in=brief.model_ids))
    return {
        "brief": brief,
        "models": models,
        "projects": _projects(user),
        "ratios": brief.ratios,
        "estimate": estimate(models, brief.model_ids),
        "references": creation.files if creation else [],
    }


def _projects(user: User) -> list[Project]:
    projects = Project.objects.visible_to(user).order_by("name", "pk")
    found = list(projects.prefetch_related("image_models"))
    for project in found:
        ids = [str(model.pk) for model in project.image_models.all()]
        project.model_ids = " ".join(ids)  # type: ignore[attr-defined]  # for the form's script
    return found


def _exchanges_of(post: Post) -> Any:
    images = GeneratedImage.objects.filter(deleted_at=None).order_by("position")
    return (
        Exchange.objects.filter(post=post)
        .select_related("text_model")
        .prefetch_related(
            Prefetch("images", images.select_related("model", "file__blob"), to_attr="outputs"),
            Prefetch("attachments", ExchangeFile.objects.select_related("file__blob")),
        )
        .order_by("number")
    )


def _shown(exchanges: Sequence[Any]) -> list[GeneratedImage]:
    images = [image for one in exchanges for image in one.outputs if image.is_shown]
    return sorted(images, key=lambda image: (image.position, image.created_at))


def _waits_for_caption(post: Post, exchanges: Sequence[Any]) -> bool:
    """Images have their places when there is a caption: while it grows it would move them, and
    without one nothing more is tried."""
    if post.status not in (Status.GENERATING_CAPTION, Status.CAPTION_FAILED):
        return False
    return not any(image.is_ready for one in exchanges for image in one.outputs if image.is_shown)


def _failure(post: Post, exchanges: Sequence[Any]) -> str | None:
    """Why the last run came to nothing, where an earlier version is shown in its place."""
    last = exchanges[-1] if exchanges else None
    if last is None or last.number == post.version or last.status != ExchangeStatus.FAILED:
        return None
    reasons = [image.error_sentence for image in last.outputs]
    return last.error_sentence or next((one for one in reasons if one), "")


def _models_of(exchanges: Sequence[Any]) -> list[AIModel]:
    """Those that drew or write for it, each once."""
    images = [image for one in exchanges for image in one.outputs]
    return list({image.model_id: image.model for image in images if image.model}.values())


def _running(post: Post) -> Generation | None:
    return Generation.objects.in_flight().filter(post=post).first()


def _caption(post: Post, exchanges: Sequence[Exchange], running: Generation | None) -> Caption:
    last = exchanges[-1] if exchanges else None
    if last and running and last.caption_status == CaptionStatus.WAITING:
        return _with_model(
            Caption(is_pending=True, element=str(post.pk), html=_html_so_far(running.pk)), last
        )
    if post.status == Status.CAPTION_FAILED and last:
        return _with_model(Caption(error_sentence=last.error_sentence), last)
    by_number = {one.number: one for one in exchanges}
    made = by_number.get(post.version)
    while made and made.caption_status != CaptionStatus.READY:
        made = by_number.get(made.based_on or 0)
    if made is None or made.caption != post.caption:  # its owner's own words
        return Caption()
    return _with_model(Caption(seconds=made.caption_seconds, cost=made.caption_cost), made)


def _with_model(caption: Caption, exchange: Exchange) -> Caption:
    model = exchange.text_model
    caption.model_name = model.name if model else exchange.text_model_name
    caption.pigment = model.pigment if model else caption.pigment
    return caption


def _html_so_far(text_id: UUID) -> str:
    snapshot = store.read_snapshot_sync(text_id)
    return snapshot.closed + snapshot.tail if snapshot else ""
