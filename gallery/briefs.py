"""What the form for a new post begins with."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from accounts.models import User
from gallery.models import Exchange, ExchangeKind, GeneratedImage, Post, Project, Tone
from providers.models import AIModel
from providers.sizes import ASPECT_RATIOS

RATIOS = ("1:1", "4:5", "3:2", "16:9", "9:16")
MODELS = 3


@dataclass(slots=True)
class Brief:
    prompt: str = ""
    project_id: UUID | None = None
    tone: str = Tone.WARM
    aspect_ratio: str = "4:5"
    resolution: str = "1K"
    model_ids: list[UUID] = field(default_factory=list)

    @property
    def ratios(self) -> Sequence[str]:
        """Those that are offered, and another one that a project asks for."""
        known = self.aspect_ratio in RATIOS or self.aspect_ratio not in ASPECT_RATIOS
        return RATIOS if known else (*RATIOS, self.aspect_ratio)


def new_brief(user: User, models: Sequence[AIModel], project: Project | None) -> Brief:
    """As the person's last post was, with the models of their settings; and where the project
    says something, as that says."""
    brief = _as_last_time(user)
    preferred = list(user.default_image_models.values_list("pk", flat=True))
    brief.model_ids = preferred or brief.model_ids
    if project is not None:
        brief.project_id = project.pk
        brief.tone = project.tone or brief.tone
        brief.aspect_ratio = project.aspect_ratio or brief.aspect_ratio
        brief.resolution = project.resolution or brief.resolution
        brief.model_ids = [model.pk for model in project.image_models.all()] or brief.model_ids
    usable = [model.pk for model in models]
    brief.model_ids = [one for one in brief.model_ids if one in usable] or usable[:MODELS]
    return brief


def brief_of(post: Post, images: Sequence[GeneratedImage]) -> Brief:
    """What a post was asked to be; `images` are those of its creation."""
    return Brief(
        prompt=post.prompt,
        project_id=post.project_id,
        tone=post.tone,
        aspect_ratio=post.aspect_ratio,
        resolution=post.resolution,
        model_ids=_models_of(images),
    )


def estimate(models: Sequence[AIModel], chosen: Sequence[UUID]) -> Decimal | None:
    """US dollars for one image of each; None where a price is not known."""
    prices = [model.image_price for model in models if model.pk in chosen]
    if not prices:
        return None
    known = [price for price in prices if price is not None]
    return sum(known, Decimal(0)) if len(known) == len(prices) else None


def _as_last_time(user: User) -> Brief:
    last = (
        Exchange.objects.filter(owner=user, kind=ExchangeKind.CREATE, post__deleted_at=None)
        .select_related("post")
        .prefetch_related("images")
        .order_by("-created_at")
        .first()
    )
    if last is None:
        return Brief()
    post = last.post
    return Brief(
        tone=post.tone or Tone.WARM,
        aspect_ratio=post.aspect_ratio,
        resolution=post.resolution,
        model_ids=_models_of(last.images.all()),
    )


def _models_of(images: Iterable[GeneratedImage]) -> list[UUID]:
    found = [image.model_id for image in images if image.model_id]
    return list(dict.fromkeys(found))
