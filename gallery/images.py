"""The images of posts: millions of rows, so lean ones."""

import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from activity.search_fields import WithoutSearch
from gallery.models import IN_TRASH, Exchange, Post, Project
from gallery.search_fields import image_words
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


class ImageKind(models.TextChoices):
    """`EDITED`: what a turn of an edit conversation made of another image."""

    GENERATED = "generated", _("Generated")
    EDITED = "edited", _("Edited")


UNDRAWN = (ImageStatus.WAITING, ImageStatus.DRAWING)
PENDING = (*UNDRAWN, ImageStatus.DEVELOPING)
LOST = (ImageStatus.FAILED, ImageStatus.STOPPED)
IN_GALLERY = models.Q(status=ImageStatus.READY, deleted_at=None)


def _gallery_index(*fields: str, name: str) -> models.Index:
    """Of the gallery's images with the same in these fields, newest first. What the other
    filters ask lies beside it: several at once are answered without reading a row."""
    others = ["owner", "kind", "model", "aspect_ratio", "project"]
    return models.Index(
        fields=[*fields, "-created_at", "-id"],
        include=[one for one in others if one not in fields],
        name=name,
        condition=IN_GALLERY,
    )


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
    tries that failed included; `seconds` is what the last one took.

    `project` and `words` are the post's own, its caption and hashtags: the database copies them
    in the statement that changes the post, so nobody else writes them. docs/adr/0070.
    """

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
    kind = models.CharField(
        _("kind"), max_length=10, choices=ImageKind.choices, default=ImageKind.GENERATED
    )
    project = models.ForeignKey(
        Project,
        verbose_name=_("project"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="images",
        db_index=False,  # the index below begins with it
    )
    words = models.TextField(_("words of its post"), blank=True, default="", editable=False)
    search = image_words()
    is_selected = models.BooleanField(_("selected"), default=False)
    is_shown = models.BooleanField(_("shown"), default=True)
    revision = models.PositiveBigIntegerField(_("revision"), default=0)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    deleted_at = models.DateTimeField(_("deleted"), null=True, blank=True)

    objects = WithoutSearch.from_queryset(ImageQuerySet)()

    class Meta:
        verbose_name = _("image")
        verbose_name_plural = _("images")
        indexes = [
            _gallery_index("owner", name="gallery_image_recent"),
            _gallery_index("owner", "kind", name="gallery_image_of_kind"),
            _gallery_index("owner", "model", name="gallery_image_of_model"),
            _gallery_index("owner", "aspect_ratio", name="gallery_image_of_ratio"),
            _gallery_index("project", name="gallery_image_of_project"),
            GinIndex(
                fields=["search"],
                name="gallery_image_search",
                condition=IN_GALLERY,
                fastupdate=False,  # or a search would pay for what was written before it
            ),
            models.Index(fields=["post", "revision"], name="gallery_image_revision"),
            models.Index(
                fields=["owner", "deleted_at", "id"],
                name="gallery_image_trashed",
                condition=IN_TRASH,
            ),
            models.Index(
                fields=["deleted_at", "id"], name="gallery_image_purge", condition=IN_TRASH
            ),
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
