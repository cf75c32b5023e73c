"""Images that were deleted together, by one batch: they can come back together, too."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import User
from gallery.batches.models import UNDER_WAY, Batch, BatchKind, BatchQuerySet, BatchState
from gallery.images import GeneratedImage
from gallery.models import IN_TRASH
from gallery.trash.kinds import days_left_of
from gallery.trash.models import EmptiedTrash

MOST = 20  # the latest of them


@dataclass(frozen=True, slots=True)
class Together:
    """A batch of which `count` images are in the trash still. `is_coming_back`: the workers are
    restoring it."""

    id: UUID
    count: int
    deleted_at: datetime
    is_coming_back: bool

    @property
    def days_left(self) -> int:
        return days_left_of(self.deleted_at)


def together(user: User) -> Sequence[Together]:
    """What comes back by a click, the latest first; two make a batch."""
    batches = _restorable(user).annotate(count=Coalesce(Subquery(_counted()), 0))
    rows = batches.filter(count__gt=1).order_by("-created_at")
    return [
        Together(id, count, at, state in UNDER_WAY)
        for id, count, at, state in rows.values_list("pk", "count", "created_at", "state")[:MOST]
    ]


def _restorable(user: User) -> BatchQuerySet:
    since = timezone.now() - timedelta(days=settings.TRASH_DAYS)
    emptied = EmptiedTrash.objects.filter(owner=user).first()
    since = max(since, emptied.until) if emptied else since
    deleting = Q(is_undo=False) & ~Q(state__in=UNDER_WAY)
    restoring = Q(is_undo=True) & ~Q(state=BatchState.COMPLETED)
    deleted = Batch.objects.visible_to(user).filter(kind=BatchKind.DELETE, created_at__gt=since)
    return deleted.filter(deleting | restoring)


def _counted() -> "QuerySet[Any, Any]":
    images = GeneratedImage.objects.filter(
        IN_TRASH, owner=OuterRef("owner"), deleted_at=OuterRef("created_at")
    )
    return images.order_by().values("owner").annotate(number=Count("pk")).values("number")
