"""The images of posts: millions of rows, so lean ones."""

import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gallery.models import Exchange, Post
from gallery.sentences import why

if TYPE_CHECKING:
    from accounts.models import User


class ImageStatus(models.TextChoices):
    """`DEVELOPING`: the bytes are kept, and the media worker has yet to open them."""

    WAITING = "waiting", _("Waiting")
    DRAWING = "drawing", _("Being drawn")
    DEVELOPING = "developing", _("Developing")
    READY = "ready", _("Ready")
    FAILED = "failed", _("Failed")
    STOPPED = "stopped", _("Stopped")


UNDRAWN = (ImageStatus.WAITING, ImageStatus.DRAWING)
PENDING = (*UNDRAWN, ImageStatus.DEVELOPING)
LOST = (ImageStatus.FAILED, ImageStatus.STOPPED)
IN_GALLERY = models.Q(status=ImageStatus.READY, deleted_at=None)


class ImageQuerySet(models.QuerySet["GeneratedImage"]):
    def visible_to(self, user: "User") -> "ImageQuerySet":
        return self.filter(owner=user, deleted_at=None)

    def in_gallery(self) -> "ImageQuerySet":
        """Newest first, by the index `gallery_image_recent`."""
        return self.filter(IN_GALLERY).order_by("-created_at", "-id")

    def shown(self) -> "ImageQuerySet":
        """Of the present state of their posts, in their order."""
        return self.filter(is_shown=True, deleted_at=None).order_by("position", "created_at")

    def undrawn(self) -> "ImageQuerySet":
        return self.filter(status__in=UNDRAWN)

    def lost(self) -> "ImageQuerySet":
        """What can be tried again."""
        return self.filter(status__in=LOST)


class GeneratedImage(models.Model):
    """One image that an exchange asks one model for, from the first moment on: a slot, and then
    what fills it. `prompt` is the one that was really sent. `cost` is all that was spent on it,
    tries that failed included; `seconds` is what the last one took."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("owner"),
        on_delete=models.CASCADE,
        related_name="images",
        db_index=False,  # the index below begins with it
    )
    post = models.ForeignKey(
        Post,
        verbose_name=_("post"),
        on_delete=models.CASCADE,
        related_name="images",
        db_index=False,  # the index below begins with it
    )
    exchange = models.ForeignKey(
        Exchange,
        verbose_name=_("exchange"),
        on_delete=models.CASCADE,
        related_name="images",
        db_index=False,  # the constraint's index begins with it
    )
    position = models.PositiveSmallIntegerField(_("position"))
    model = models.ForeignKey(
        "providers.AIModel",
        verbose_name=_("model"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    model_name = models.CharField(_("model's name"), max_length=120)
    prompt = models.TextField(_("prompt"), blank=True)
    aspect_ratio = models.CharField(_("aspect ratio"), max_length=5)
    resolution = models.CharField(_("resolution"), max_length=3)
    status = models.CharField(
        _("status"), max_length=10, choices=ImageStatus.choices, default=ImageStatus.WAITING
    )
    file = models.ForeignKey(
        "files.File",
        verbose_name=_("file"),
        null=True,
        blank=True,
        on_delete=models.RESTRICT,
        related_name="generated_images",
    )
    width = models.PositiveIntegerField(_("width"), null=True, blank=True)
    height = models.PositiveIntegerField(_("height"), null=True, blank=True)
    seconds = models.FloatField(_("time, seconds"), null=True, blank=True)
    cost = models.DecimalField(
        _("cost, US dollars"), max_digits=14, decimal_places=8, null=True, blank=True
    )
    error_code = models.CharField(_("error"), max_length=40, blank=True)
    error_detail = models.TextField(_("error detail"), blank=True)
    is_selected = models.BooleanField(_("selected"), default=False)
    is_shown = models.BooleanField(_("shown"), default=True)
    revision = models.PositiveBigIntegerField(_("revision"), default=0)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    deleted_at = models.DateTimeField(_("deleted"), null=True, blank=True)

    objects = ImageQuerySet.as_manager()

    class Meta:
        verbose_name = _("image")
        verbose_name_plural = _("images")
        indexes = [
            models.Index(
                "owner",
                models.F("created_at").desc(),
                models.F("id").desc(),
                name="gallery_image_recent",
                condition=IN_GALLERY,
            ),
            models.Index(fields=["post", "revision"], name="gallery_image_revision"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["exchange", "position"], name="gallery_image_position_unique"
            ),
            models.UniqueConstraint(
                fields=["post"],
                condition=models.Q(is_selected=True),
                name="gallery_image_one_selected",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model_name} {self.pk}"

    @property
    def is_pending(self) -> bool:
        return self.status in PENDING

    @property
    def is_lost(self) -> bool:
        """Nothing came of it; it can be tried again."""
        return self.status in LOST

    @property
    def is_ready(self) -> bool:
        return self.status == ImageStatus.READY

    @property
    def error_sentence(self) -> str:
        """Why there is no image, in the reader's language; "" where there is none to tell."""
        return why(self.error_code)
