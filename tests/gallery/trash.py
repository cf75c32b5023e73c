"""What is in the trash, with real bytes in the storage."""

import uuid
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from accounts.models import User
from activity.models import Generation
from chat.models import Attachment, Thread
from files.models import Blob, File
from files.purging import unused
from gallery.models import GeneratedImage, Post
from tests.factories import make_long_thread
from tests.gallery.rows import make_image
from tests.gallery.rows import make_post as bare_post

LONG_AGO = timedelta(days=40)


def ago(days: float) -> datetime:
    return timezone.now() - timedelta(days=days)


def keep_file(owner: User) -> File:
    """Brought long ago: an original with a preview."""
    sha256 = uuid.uuid4().hex * 2
    blob = Blob.objects.create(
        sha256=sha256, size=4, media_type="image/png", state="ready", width=8, height=8,
        touched_at=timezone.now() - LONG_AGO,
    )  # fmt: skip
    made = blob.renditions.create(name="320.webp", media_type="image/webp", size=2)
    for path in (blob.path, made.path):
        default_storage.save(path, ContentFile(b"clay"))
    return File.objects.create(
        owner=owner, blob=blob, name="a.png", created_at=timezone.now() - LONG_AGO
    )


def make_post(owner: User, *, days: float | None = None, images: int = 1, **fields: Any) -> Post:
    """With images of real bytes; in the trash since so many days."""
    post = bare_post(owner, images=0, **fields)
    exchange = post.exchanges.get()
    for position in range(images):
        make_image(exchange, position=position, file=keep_file(owner))
    if days is not None:
        at = ago(days)
        Post.objects.filter(pk=post.pk).update(deleted_at=at)
        GeneratedImage.objects.filter(post=post).update(deleted_at=at)
    return Post.objects.get(pk=post.pk)


def make_thread(owner: User, *, days: float | None = None, messages: int = 4) -> Thread:
    """With answers of the ledger and a file; in the trash since so many days."""
    thread = make_long_thread(owner, messages)
    if messages:
        first = thread.messages.earliest("created_revision")
        Attachment.objects.create(message=first, file=keep_file(owner), position=0)
    if days is not None:
        Thread.objects.filter(pk=thread.pk).update(deleted_at=ago(days))
    return Thread.objects.get(pk=thread.pk)


def stored() -> set[str]:
    root = Path(settings.MEDIA_ROOT)
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


def expected() -> set[str]:
    """What the rows say that the storage has."""
    paths = set()
    for blob in Blob.objects.prefetch_related("renditions"):
        paths |= {blob.path, *(one.path for one in blob.renditions.all())}
    return paths


def orphans() -> list[object]:
    """Rows that nothing leads to any more."""
    lost: list[object] = list(File.objects.filter(unused()))
    lost += Blob.objects.filter(files=None)
    lost += Generation.objects.filter(thread=None, post=None)
    return lost
