"""Imports as rows: what is left to do, who does it, and what became of it."""

import uuid
from pathlib import PurePath
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from accounts.models import User

FOLDER = "imports"


class ImportState(models.TextChoices):
    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Importing")
    COMPLETED = "completed", _("Completed")
    FAILED = "failed", _("Failed")
    STOPPED = "stopped", _("Stopped")


UNDER_WAY = (ImportState.QUEUED, ImportState.RUNNING)


def file_path(job: "ImportJob", name: str) -> str:
    """Where the file is kept: named by the job, so that an orphan can be told from a kept one."""
    return f"{FOLDER}/{job.pk}{PurePath(name).suffix[:10]}"


class ImportJobQuerySet(models.QuerySet["ImportJob"]):
    def visible_to(self, user: "User") -> "ImportJobQuerySet":
        return self.filter(owner=user)

    def under_way(self) -> "ImportJobQuerySet":
        return self.filter(state__in=UNDER_WAY)


class ImportJob(models.Model):
    """One file that somebody brought. Everything before `member` and `offset` is imported, and
    counted in `report`, by the same transactions; `epoch` is the fencing token of who works on
    it. `attempt` counts the claims since it last got further."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("owner"),
        on_delete=models.CASCADE,
        related_name="imports",
    )
    state = models.CharField(
        _("state"), max_length=12, choices=ImportState.choices, default=ImportState.QUEUED
    )
    file = models.FileField(_("file"), upload_to=file_path, blank=True)
    name = models.CharField(_("file name"), max_length=200)
    size = models.PositiveBigIntegerField(_("size, bytes"))

    member = models.PositiveIntegerField(_("files read"), default=0)
    offset = models.PositiveBigIntegerField(_("read of the next file, bytes"), default=0)
    read_bytes = models.PositiveBigIntegerField(_("read, bytes"), default=0)
    total_bytes = models.PositiveBigIntegerField(_("to read, bytes"), default=0)
    report = models.JSONField(_("report"), default=dict, blank=True)
    error_code = models.CharField(_("error"), max_length=40, blank=True)

    epoch = models.PositiveBigIntegerField(_("epoch"), default=0)
    attempt = models.PositiveSmallIntegerField(_("attempt"), default=0)
    lease_until = models.DateTimeField(_("lease until"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    sent_at = models.DateTimeField(_("sent to the queue"), default=timezone.now)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    objects = ImportJobQuerySet.as_manager()

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        constraints = [
            models.UniqueConstraint(
                fields=["owner"],
                condition=models.Q(state__in=UNDER_WAY),
                name="chat_importjob_one_under_way",
            )
        ]
        indexes = [
            models.Index(fields=["owner", "-created_at"], name="chat_importjob_owner_recent"),
            models.Index(
                fields=["sent_at"],
                name="chat_importjob_under_way",
                condition=models.Q(state__in=UNDER_WAY),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_under_way(self) -> bool:
        return self.state in UNDER_WAY

    @property
    def percent(self) -> int:
        if self.state == ImportState.COMPLETED:
            return 100
        return min(100, 100 * self.read_bytes // self.total_bytes) if self.total_bytes else 0


class ImportedThread(models.Model):
    """Which thread a chat of an export became. `message_ids` are the messages that were ever
    taken from it: what somebody has deleted since does not come back with the next import. Nor
    does a thread that was deleted for good, of which no `thread` is left."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="imported_threads"
    )
    source = models.CharField(_("source"), max_length=20)
    source_id = models.CharField(_("id at the source"), max_length=100)
    thread = models.OneToOneField(
        "chat.Thread",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="imported_from",
    )
    message_ids = ArrayField(models.UUIDField(), verbose_name=_("messages"), default=list)
    # The thread's last message after the latest import: another one means that it went on here.
    leaf_id = models.UUIDField(_("last message"), null=True)

    class Meta:
        verbose_name = _("imported thread")
        verbose_name_plural = _("imported threads")
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "source", "source_id"], name="chat_importedthread_source_unique"
            )
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.source_id}"
