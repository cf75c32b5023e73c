"""Posts of images that were made by changing others."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from accounts.models import User
from files.models import File
from gallery import progress
from gallery.images import GeneratedImage, ImageKind, ImageStatus
from gallery.models import (
    CaptionStatus,
    Exchange,
    ExchangeFile,
    ExchangeKind,
    ExchangeStatus,
    Post,
    Status,
)
from providers.models import AIModel


@dataclass(frozen=True, slots=True)
class Edited:
    """A changed image that is drawn and opened. `parent`: the post that it descends from, while
    that is known; `references`: what went with the instruction."""

    owner: User
    file: File
    instruction: str
    prompt: str
    model: AIModel | None
    model_name: str
    aspect_ratio: str
    resolution: str
    created_at: datetime
    parent_id: UUID | None = None
    references: Sequence[File] = ()
    seconds: float | None = None
    cost: Decimal | None = None


def make_post(edited: Edited) -> GeneratedImage:
    """A post of its own, with the caption of its parent, which its owner may change. To be called
    in the transaction that says that the image is ready."""
    parent = Post.objects.filter(pk=edited.parent_id).first() if edited.parent_id else None
    post = Post.objects.create(
        owner=edited.owner,
        parent=parent,
        project=parent.project if parent else None,
        prompt=parent.prompt if parent else edited.instruction,
        tone=parent.tone if parent else "",
        language=parent.language if parent else "",
        aspect_ratio=edited.aspect_ratio,
        resolution=edited.resolution,
        text_model=parent.text_model if parent else None,
        caption=parent.caption if parent else "",
        hashtags=parent.hashtags if parent else [],
        status=Status.EDITED,
        created_at=edited.created_at,
    )
    revision = post.bump(shown=True)
    exchange = Exchange.objects.create(
        post=post,
        owner=edited.owner,
        number=post.version,
        kind=ExchangeKind.EDIT,
        instruction=edited.instruction,
        status=ExchangeStatus.COMPLETED,
        caption_status=CaptionStatus.NOT_ASKED,
        cost=edited.cost,
        seconds=edited.seconds,
        revision=revision,
        created_at=edited.created_at,
    )
    ExchangeFile.objects.bulk_create(
        ExchangeFile(exchange=exchange, file=file, position=position)
        for position, file in enumerate(edited.references)
    )
    image = GeneratedImage.objects.create(
        owner=edited.owner,
        post=post,
        exchange=exchange,
        position=0,
        model=edited.model,
        model_name=edited.model_name,
        prompt=edited.prompt,
        aspect_ratio=edited.aspect_ratio,
        resolution=edited.resolution,
        status=ImageStatus.READY,
        file=edited.file,
        width=edited.file.blob.width,
        height=edited.file.blob.height,
        seconds=edited.seconds,
        cost=edited.cost,
        kind=ImageKind.EDITED,
        revision=revision,
        created_at=edited.created_at,
    )
    progress.renew(post, top=True)
    return image
