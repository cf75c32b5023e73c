"""A person's images, page by page."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from gallery.alt import alt_of
from gallery.models import GeneratedImage

PAGE = 60


@dataclass(frozen=True, slots=True)
class ImagePage:
    """Newest first. `next` leads to the page after it; "" where it is the last."""

    images: Sequence[Any]
    next: str


def images_of(user: User, *, after: str = "", limit: int = PAGE) -> ImagePage:
    """Those that are ready, whatever post they belong to. A cursor that is none is the start."""
    rows = GeneratedImage.objects.visible_to(user).in_gallery().filter(post__deleted_at=None)
    cursor = _read(after)
    if cursor is not None:
        at, pk = cursor
        # The first condition is what the index is entered by.
        rows = rows.filter(created_at__lte=at).filter(Q(created_at__lt=at) | Q(pk__lt=pk))
    found = list(rows.select_related("post", "model", "file__blob")[: limit + 1])
    page = found[:limit]
    for image in page:
        # For the templates.
        image.day = day_of(image.created_at)  # type: ignore[attr-defined]
        image.alt = alt_of(image.post)  # type: ignore[attr-defined]
    return ImagePage(page, _written(page[-1]) if len(found) > limit else "")


def day_of(moment: datetime) -> str:
    day = timezone.localdate(moment)
    today = timezone.localdate()
    if day == today:
        return _("Today")
    if day == today - timedelta(days=1):
        return _("Yesterday")
    return date_format(day, "DATE_FORMAT")


def _written(image: GeneratedImage) -> str:
    words = f"{image.created_at.isoformat()} {image.pk}"
    return base64.urlsafe_b64encode(words.encode()).decode()


def _read(cursor: str) -> tuple[datetime, UUID] | None:
    try:
        at, pk = base64.urlsafe_b64decode(cursor.encode()).decode().split(" ")
        moment = datetime.fromisoformat(at)
        return (moment, UUID(pk)) if moment.tzinfo else None
    except ValueError:
        return None
