"""Batches as rows: which images, what is left to do, who does it, and what became of it."""

import uuid
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from accounts.models import User


class BatchKind(models.TextChoices):
    DELETE = "delete", _("Delete")
    PROJECT = "project", _("Add to a project")
    DOWNLOAD = "download", _("Download")


class BatchState(models.TextChoices):
    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Running")
    COMPLETED = "completed", _("Completed")
    FAILED = "failed", _("Failed")
    STOPPED = "stopped", _("Stopped")


UNDOABLE = (BatchKind.DELETE, BatchKind.PROJECT)
UNDER_WAY = (BatchState.QUEUED, BatchState.RUNNING)


class BatchQuerySet(models.QuerySet["Batch"]):
    def visible_to(self, user: "User") -> "BatchQuerySet":
        return self.filter(owner=user)

    def under_way(self) -> "BatchQuerySet":
        return self.filter(state__in=UNDER_WAY)


class Batch(models.Model):
    """Images of a person and what is to become of them. The page makes the id, so that the same
    request sent again is the same batch; `digest` tells another one.

    Without `filters` the images are `ids`. With `filters`, the address of a gallery as it is read
    in `time_zone`, they are all that it showed at the moment `until`, except `ids`.

    Everything up to `position` is done, and counted, by the same transactions; `epoch` is the
    fencing token of who works on it. `attempt` counts the claims since it last got further.
    `created_at` is when all that the batch deletes was deleted, by which Undo finds it; what it
    moves is in `moves`.
    docs/adr/0074.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("owner"),
        on_delete=models.CASCADE,
        related_name="batches",
        db_index=False,  # the constraint's index begins with it
    )
    kind = models.CharField(_("kind"), max_length=10, choices=BatchKind.choices)
    digest = models.CharField(_("digest"), max_length=64)
    filters = models.JSONField[dict[str, Any] | None](_("filters"), null=True, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    until = models.DateTimeField(_("until"), null=True, blank=True)
    ids = ArrayField(models.UUIDField(), verbose_name=_("ids"), default=list, blank=True)
    project = models.ForeignKey(
        "gallery.Project",
        verbose_name=_("project"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    state = models.CharField(
        _("state"), max_length=10, choices=BatchState.choices, default=BatchState.QUEUED
    )
    error_code = models.CharField(_("error"), max_length=40, blank=True)
    is_undo = models.BooleanField(_("is being undone"), default=False)
    position = models.CharField(_("position"), max_length=80, blank=True)
    total = models.PositiveIntegerField(_("images"), null=True, blank=True)
    done = models.PositiveIntegerField(_("images done"), default=0)
    posts = models.PositiveIntegerField(_("posts changed"), default=0)
    making = models.PositiveIntegerField(_("images still being made"), default=0)
    gone = models.PositiveIntegerField(_("images not there any more"), default=0)
    restored = models.PositiveIntegerField(_("brought back"), default=0)

    epoch = models.PositiveBigIntegerField(_("epoch"), default=0)
    attempt = models.PositiveSmallIntegerField(_("attempt"), default=0)
    lease_until = models.DateTimeField(_("lease until"), null=True, blank=True)
    sent_at = models.DateTimeField(_("sent to the queue"), default=timezone.now)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    is_told = models.BooleanField(_("end was seen"), default=False)

    objects = BatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("batch")
        verbose_name_plural = _("batches")
        constraints = [
            models.UniqueConstraint(fields=["owner", "created_at"], name="gallery_batch_moment")
        ]
        indexes = [
            models.Index(
                fields=["sent_at"],
                name="gallery_batch_under_way",
                condition=models.Q(state__in=UNDER_WAY),
            ),
            models.Index(fields=["created_at"], name="gallery_batch_age"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def is_under_way(self) -> bool:
        return self.state in UNDER_WAY

    @property
    def passed(self) -> int:
        """How many images were looked at; on the way back, how many things came."""
        return self.restored if self.is_undo else self.done + self.making + self.gone

    @property
    def goal(self) -> int | None:
        """How many there are; None while nobody has counted."""
        return self.changed if self.is_undo else self.total

    @property
    def changed(self) -> int:
        """How many things Undo brings back: images, or posts to where they were."""
        return self.posts if self.kind == BatchKind.PROJECT else self.done

    @property
    def can_be_undone(self) -> bool:
        """Also one whose undoing was cut off."""
        is_whole = not self.is_undo or self.state in (BatchState.STOPPED, BatchState.FAILED)
        return self.kind in UNDOABLE and self.changed > 0 and is_whole


class Move(models.Model):
    """A post that a batch put into its project, and where it was before; None: in no project."""

    batch = models.ForeignKey(
        Batch,
        verbose_name=_("batch"),
        on_delete=models.CASCADE,
        related_name="moves",
        db_index=False,  # the constraint's index begins with it
    )
    post = models.ForeignKey(
        "gallery.Post", verbose_name=_("post"), on_delete=models.CASCADE, related_name="+"
    )
    project = models.ForeignKey(
        "gallery.Project",
        verbose_name=_("project"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    class Meta:
        verbose_name = _("moved post")
        verbose_name_plural = _("moved posts")
        constraints = [models.UniqueConstraint(fields=["batch", "post"], name="gallery_move_once")]

    def __str__(self) -> str:
        return f"{self.post_id} by {self.batch_id}"
