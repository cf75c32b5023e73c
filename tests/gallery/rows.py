"""Rows of projects, posts and images, made directly."""

import uuid
from datetime import datetime
from typing import Any

from accounts.models import User
from activity.models import Generation, State
from files.models import Blob, File
from gallery.images import GeneratedImage, ImageStatus
from gallery.models import CaptionStatus, Exchange, ExchangeStatus, Post, Project, Status
from providers.models import AIModel, Kind
from tests.factories import make_model


def make_image_model(slug: str = "demo-shapes", **fields: Any) -> AIModel:
    return make_model(slug, **{"kind": Kind.IMAGE, **fields})


def make_project(owner: User, name: str = "Spring collection", **fields: Any) -> Project:
    return Project.objects.create(owner=owner, name=name, **fields)


def make_file(owner: User, *, width: int = 800, height: int = 1000) -> File:
    blob = Blob.objects.create(
        sha256=uuid.uuid4().hex * 2,
        size=2,
        media_type="image/png",
        state="ready",
        width=width,
        height=height,
    )
    return File.objects.create(owner=owner, blob=blob, name="vases.png")


def make_post(owner: User, prompt: str = "Three vases", *, images: int = 1, **fields: Any) -> Post:
    """A finished post with this many ready images, the first of them selected."""
    values = {"status": Status.GENERATED, "caption": "First light.", "total_models": images}
    post = Post.objects.create(owner=owner, prompt=prompt, **(values | fields))
    exchange = make_exchange(post)
    for position in range(images):
        make_image(exchange, position=position, is_selected=position == 0)
    return post


def make_exchange(post: Post, **fields: Any) -> Exchange:
    values = {
        "number": post.exchanges.count() + 1,
        "status": ExchangeStatus.COMPLETED,
        "caption_status": CaptionStatus.READY,
        "created_at": post.created_at,
    }
    return Exchange.objects.create(post=post, owner=post.owner, **(values | fields))


def make_image(exchange: Exchange, **fields: Any) -> GeneratedImage:
    status = fields.get("status", ImageStatus.READY)
    values = {
        "position": exchange.images.count(),
        "status": status,
        "file": fields.get("file") or _file_for(exchange, status),
        "width": 800,
        "height": 1000,
        "aspect_ratio": "4:5",
        "resolution": "1K",
    }
    return GeneratedImage.objects.create(
        post=exchange.post, exchange=exchange, owner=exchange.owner, **(values | fields)
    )


def _file_for(exchange: Exchange, status: str) -> File | None:
    return make_file(exchange.owner) if status == ImageStatus.READY else None


def make_call(user: User, at: datetime, **fields: Any) -> Generation:
    """A chat answer of the ledger that ended."""
    values = {"kind": "chat.answer", "state": State.COMPLETED, "request_digest": ""}
    return Generation.objects.create(
        user=user, idempotency_key=uuid.uuid4(), created_at=at, **(values | fields)
    )
