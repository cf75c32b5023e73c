"""What tests of batches share."""

import uuid
from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from accounts.models import User
from gallery.batches import services
from gallery.batches.models import Batch
from gallery.batches.selection import Selection
from gallery.images import GeneratedImage
from gallery.models import Post


def everything(**filters: str) -> Selection:
    return Selection(filters=filters, until=timezone.now())


def begin(user: User, selection: Selection | Sequence[GeneratedImage], **fields: Any) -> Batch:
    if not isinstance(selection, Selection):
        selection = Selection([image.pk for image in selection])
    values = {"batch_id": uuid.uuid4(), "kind": "delete"} | fields
    return services.begin(user=user, selection=selection, **values)


def images(*posts: Post) -> list[GeneratedImage]:
    return list(GeneratedImage.objects.filter(post__in=posts).order_by("post", "position"))


def alive() -> set[uuid.UUID]:
    return set(GeneratedImage.objects.filter(deleted_at=None).values_list("pk", flat=True))


def state_of(post: Post) -> dict[str, Any]:
    """Of a post and its images, all that deleting and restoring one by one changes."""
    names = ("status", "total_models", "pending_models")
    shown = [
        (image.is_selected, image.is_shown, image.deleted_at is not None, image.status)
        for image in post.images.order_by("position")
    ]
    values = Post.objects.filter(pk=post.pk).values(*names, "deleted_at")[0]
    is_deleted = values.pop("deleted_at") is not None
    return {**values, "is_deleted": is_deleted, "images": shown}
