"""Files that people bring. The same bytes are kept once, as a blob; who may see them is a matter
of the rows that point to it."""

import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from files.content import PDF
from files.previews import CLEAN, EDGES, edges, fitted
from files.sentences import PASSING, failure

if TYPE_CHECKING:
    from accounts.models import User


class State(models.TextChoices):
    """`NEW`: its bytes are on their way. `WAITING`: nobody has opened it yet."""

    NEW = "new", _("New")
    WAITING = "waiting", _("Waiting")
    DECODING = "decoding", _("Being checked")
    READY = "ready", _("Ready")
    FAILED = "failed", _("Failed")


class Blob(models.Model):
    """Bytes, named by what they are. `lease_until` and `epoch` are those of the worker that
    opens it; `touched_at` is when somebody brought it last."""

    sha256 = models.CharField(primary_key=True, max_length=64, editable=False)
    size = models.PositiveBigIntegerField(_("size, bytes"))
    media_type = models.CharField(_("media type"), max_length=40)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.NEW)
    error_code = models.CharField(_("error"), max_length=40, blank=True)
    width = models.PositiveIntegerField(_("width"), null=True, blank=True)
    height = models.PositiveIntegerField(_("height"), null=True, blank=True)
    placeholder = models.CharField(max_length=1000, blank=True, editable=False, db_default="")
    has_avif = models.BooleanField(_("has AVIF previews"), default=False, db_default=False)
    is_clean = models.BooleanField(_("has no metadata"), default=False, db_default=False)
    pages = models.PositiveIntegerField(_("pages"), null=True, blank=True)
    chars = models.PositiveIntegerField(_("characters"), null=True, blank=True)
    is_cut = models.BooleanField(_("text is cut"), default=False)
    epoch = models.PositiveIntegerField(default=0, editable=False)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    lease_until = models.DateTimeField(_("lease until"), null=True, blank=True)
    waiting_since = models.DateTimeField(_("waiting since"), null=True, blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    touched_at = models.DateTimeField(_("brought last"), db_default=Now())

    class Meta:
        verbose_name = _("stored file")
        verbose_name_plural = _("stored files")
        indexes = [
            models.Index(
                fields=["state"],
                name="files_blob_unfinished",
                condition=models.Q(state__in=[State.WAITING, State.DECODING]),
            ),
            models.Index(fields=["touched_at"], name="files_blob_touched"),
        ]

    def __str__(self) -> str:
        return self.sha256[:12]

    @property
    def path(self) -> str:
        """Its name in the storage."""
        return f"originals/{self.sha256[:2]}/{self.sha256[2:4]}/{self.sha256}"

    @property
    def previews_folder(self) -> str:
        """Where its renditions are kept."""
        return f"renditions/{self.sha256[:2]}/{self.sha256[2:4]}/{self.sha256}"

    @property
    def etag(self) -> str:
        return self.sha256

    @property
    def is_image(self) -> bool:
        return self.media_type.startswith("image/")

    @property
    def is_pdf(self) -> bool:
        return self.media_type == PDF

    @property
    def is_ready(self) -> bool:
        return self.state == State.READY

    @property
    def can_be_tried_again(self) -> bool:
        return self.state == State.FAILED and self.error_code in PASSING


class Rendition(models.Model):
    """Something made of a blob: a preview, what a model is sent, the text in it."""

    blob = models.ForeignKey(
        Blob, verbose_name=_("stored file"), on_delete=models.CASCADE, related_name="renditions"
    )
    name = models.CharField(_("name"), max_length=20)
    media_type = models.CharField(_("media type"), max_length=40)
    size = models.PositiveBigIntegerField(_("size, bytes"))
    width = models.PositiveIntegerField(_("width"), null=True, blank=True)
    height = models.PositiveIntegerField(_("height"), null=True, blank=True)

    class Meta:
        verbose_name = _("rendition")
        verbose_name_plural = _("renditions")
        constraints = [
            models.UniqueConstraint(fields=["blob", "name"], name="files_rendition_unique")
        ]

    def __str__(self) -> str:
        return f"{self.blob_id[:12]} {self.name}"

    @property
    def path(self) -> str:
        sha256 = self.blob_id
        return f"renditions/{sha256[:2]}/{sha256[2:4]}/{sha256}/{self.name}"

    @property
    def etag(self) -> str:
        return f"{self.blob_id}-{self.name}"


class FileQuerySet(models.QuerySet["File"]):
    def visible_to(self, user: "User") -> "FileQuerySet":
        return self.filter(owner=user)


class File(models.Model):
    """A blob in somebody's hands, under the name that they gave it. The page makes the id, so
    that an upload can be repeated."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("owner"),
        on_delete=models.CASCADE,
        related_name="files",
    )
    blob = models.ForeignKey(
        Blob, verbose_name=_("stored file"), on_delete=models.PROTECT, related_name="files"
    )
    name = models.CharField(_("name"), max_length=200)
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    objects = FileQuerySet.as_manager()

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")
        indexes = [models.Index(fields=["created_at"], name="files_file_created")]

    def __str__(self) -> str:
        return self.name

    @property
    def problem(self) -> str:
        """Why it cannot be used, in the reader's language; "" where it can."""
        return failure(self.blob.error_code) if self.blob.state == State.FAILED else ""

    @property
    def previews(self) -> list[tuple[int, int, int]]:
        """Edge, width and height of each, the smallest first; none of what is no image."""
        width, height = self.blob.width, self.blob.height
        if not width or not height or not self.blob.is_ready:
            return []
        return [(edge, *fitted(width, height, edge)) for edge in edges(width, height)]

    def given_to(self, user: "User") -> "Blob | Rendition":
        """The whole file as this person may have it: its owner as it came, others without what
        an image tells of its maker."""
        blob = self.blob
        if self.owner_id == user.pk or blob.is_clean or not blob.is_image:
            return blob
        made = {rendition.name: rendition for rendition in blob.renditions.all()}
        names = [CLEAN, *(f"{edge}.webp" for edge in reversed(EDGES))]
        return next(made[name] for name in names if name in made)
