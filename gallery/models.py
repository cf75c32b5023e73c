"""Projects, posts, and the images of posts."""

import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gallery.sentences import why

if TYPE_CHECKING:
    from accounts.models import User
    from files.models import File

TITLE_CHARS = 60
IN_TRASH = models.Q(deleted_at__isnull=False)


def hashtags_field() -> "ArrayField[list[str], list[str]]":
    """Words without their #."""
    return ArrayField(
        models.CharField(max_length=100), verbose_name=_("hashtags"), default=list, blank=True
    )


class Tone(models.TextChoices):
    PLAIN = "plain", _("Plain")
    WARM = "warm", _("Warm")
    PLAYFUL = "playful", _("Playful")
    BOLD = "bold", _("Bold")


class ProjectQuerySet(models.QuerySet["Project"]):
    def visible_to(self, user: "User") -> "ProjectQuerySet":
        return self.filter(owner=user, deleted_at=None)


class Project(models.Model):
    """A brief that posts share: its words go to the text model, its defaults to new posts."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("owner"),
        on_delete=models.CASCADE,
        related_name="projects",
        db_index=False,  # the index below begins with it
    )
    name = models.CharField(_("name"), max_length=120)
    audience = models.TextField(_("audience"), blank=True)
    tone = models.CharField(_("tone"), max_length=10, choices=Tone.choices, blank=True)
    language = models.CharField(_("language"), max_length=40, blank=True)
    hashtags = hashtags_field()
    text_model = models.ForeignKey(
        "providers.AIModel",
        verbose_name=_("text model"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    image_models = models.ManyToManyField(
        "providers.AIModel", verbose_name=_("image models"), blank=True, related_name="+"
    )
    aspect_ratio = models.CharField(_("aspect ratio"), max_length=5, blank=True)
    resolution = models.CharField(_("resolution"), max_length=3, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    updated_at = models.DateTimeField(_("updated"), default=timezone.now)
    deleted_at = models.DateTimeField(_("deleted"), null=True, blank=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        verbose_name = _("project")
        verbose_name_plural = _("projects")
        indexes = [models.Index(fields=["owner", "-updated_at"], name="gallery_project_recent")]

    def __str__(self) -> str:
        return self.name


class Status(models.TextChoices):
    """What a post's page says of it. Whether anybody works on it says its generation lock."""

    GENERATING_CAPTION = "generating_caption", _("Writing a caption")
    GENERATING_IMAGES = "generating_images", _("Making images")
    GENERATED = "generated", _("Generated")
    CAPTION_FAILED = "caption_failed", _("No caption")
    STOPPED = "stopped", _("Stopped")
    EDITED = "edited", _("Edited")


class PostQuerySet(models.QuerySet["Post"]):
    def visible_to(self, user: "User") -> "PostQuerySet":
        return self.filter(owner=user, deleted_at=None)

    def trashed_by(self, user: "User") -> "PostQuerySet":
        return self.filter(owner=user, deleted_at__isnull=False)

    def newest_first(self) -> "PostQuerySet":
        return self.order_by("-updated_at", "-id")

    def with_cost(self) -> "PostQuerySet":
        """With the sum over all of its exchanges as `cost`; None where none is known."""
        return self.annotate(cost=models.Sum("exchanges__cost"))


class Post(models.Model):
    """A caption and its images. `revision` grows with every change that its page shows; what
    belongs to the post carries the revision of its own last change. `shown_revision` is the
    newest one that changed which images are shown.

    `version` is the number of the exchange whose result is shown. What was shown when another
    one took over is kept with the exchange (`Exchange.kept`), so going back and forth loses
    nothing. docs/adr/0060.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("owner"),
        on_delete=models.CASCADE,
        related_name="posts",
        db_index=False,  # the indexes below begin with it
    )
    project = models.ForeignKey(
        Project,
        verbose_name=_("project"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="posts",
    )
    parent = models.ForeignKey(
        "self",
        verbose_name=_("parent"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="children",
    )
    prompt = models.TextField(_("prompt"))
    tone = models.CharField(_("tone"), max_length=10, choices=Tone.choices, blank=True)
    language = models.CharField(_("language"), max_length=40, blank=True)
    aspect_ratio = models.CharField(_("aspect ratio"), max_length=5, default="1:1")
    resolution = models.CharField(_("resolution"), max_length=3, default="1K")
    text_model = models.ForeignKey(
        "providers.AIModel",
        verbose_name=_("text model"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    caption = models.TextField(_("caption"), blank=True)
    hashtags = hashtags_field()
    status = models.CharField(
        _("status"), max_length=20, choices=Status.choices, default=Status.GENERATING_CAPTION
    )
    pending_models = models.PositiveSmallIntegerField(_("pending models"), default=0)
    total_models = models.PositiveSmallIntegerField(_("models"), default=0)
    version = models.PositiveIntegerField(_("version"), default=1)
    revision = models.PositiveBigIntegerField(_("revision"), default=0)
    shown_revision = models.PositiveBigIntegerField(_("revision of the images"), default=0)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    updated_at = models.DateTimeField(_("updated"), default=timezone.now)
    deleted_at = models.DateTimeField(_("deleted"), null=True, blank=True)

    objects = PostQuerySet.as_manager()

    class Meta:
        verbose_name = _("post")
        verbose_name_plural = _("posts")
        indexes = [
            models.Index(
                "owner",
                models.F("updated_at").desc(),
                models.F("id").desc(),
                name="gallery_post_recent",
                condition=models.Q(deleted_at=None),
            ),
            models.Index(
                "project",
                models.F("updated_at").desc(),
                models.F("id").desc(),
                name="gallery_post_of_project",
                condition=models.Q(deleted_at=None),
            ),
            models.Index(
                fields=["owner", "deleted_at", "id"],
                name="gallery_post_trashed",
                condition=IN_TRASH,
            ),
            models.Index(
                fields=["deleted_at", "id"], name="gallery_post_purge", condition=IN_TRASH
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """The first words of the prompt."""
        words = " ".join(self.prompt[: 4 * TITLE_CHARS].split())
        return words if len(words) <= TITLE_CHARS else f"{words[: TITLE_CHARS - 1].rstrip()}…"

    @property
    def is_waiting(self) -> bool:
        """Whether a caption or an image is still to come."""
        return self.status in (Status.GENERATING_CAPTION, Status.GENERATING_IMAGES)

    @property
    def done_models(self) -> int:
        return self.total_models - self.pending_models

    def bump(self, *, shown: bool = False) -> int:
        """Take the next revision and return it. Locks the row until the transaction ends, so
        revisions are committed in their order and no client can skip one."""
        changes: dict[str, object] = {"revision": models.F("revision") + 1, "updated_at": Now()}
        if shown:
            changes["shown_revision"] = models.F("revision") + 1
        Post.objects.filter(pk=self.pk).update(**changes)
        self.refresh_from_db(fields=["revision", "shown_revision", "updated_at"])
        return self.revision


class ExchangeKind(models.TextChoices):
    CREATE = "create", _("Creation")
    REFINE = "refine", _("Refinement")
    REGENERATE = "regenerate", _("Regeneration")
    EDIT = "edit", _("Edit")  # a turn of an edit conversation asked for it


class ExchangeStatus(models.TextChoices):
    RUNNING = "running", _("Running")
    COMPLETED = "completed", _("Completed")
    FAILED = "failed", _("Failed")
    STOPPED = "stopped", _("Stopped")


class CaptionStatus(models.TextChoices):
    """Of the caption that an exchange asks for."""

    NOT_ASKED = "", _("Not asked for")
    WAITING = "waiting", _("Waiting")
    READY = "ready", _("Ready")
    FAILED = "failed", _("Failed")
    STOPPED = "stopped", _("Stopped")


class Exchange(models.Model):
    """One run of a post: what was asked, and what came of it. The images it asks for are its
    slots. `seconds` is how long its runs took, `cost` all that they cost. `based_on` is the
    version that it started from; a run of which nothing came falls back to that."""

    post = models.ForeignKey(
        Post,
        verbose_name=_("post"),
        on_delete=models.CASCADE,
        related_name="exchanges",
        db_index=False,  # the constraint's index begins with it
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("owner"),
        on_delete=models.CASCADE,
        related_name="exchanges",
        db_index=False,  # the index below begins with it
    )
    number = models.PositiveIntegerField(_("number"))
    kind = models.CharField(
        _("kind"), max_length=10, choices=ExchangeKind.choices, default=ExchangeKind.CREATE
    )
    based_on = models.PositiveIntegerField(_("based on"), null=True, blank=True)
    instruction = models.TextField(_("instruction"), blank=True)
    status = models.CharField(
        _("status"),
        max_length=10,
        choices=ExchangeStatus.choices,
        default=ExchangeStatus.RUNNING,
    )
    caption_status = models.CharField(
        _("caption's status"),
        max_length=8,
        choices=CaptionStatus.choices,
        default=CaptionStatus.WAITING,
        blank=True,
    )
    caption = models.TextField(_("caption"), blank=True)
    hashtags = hashtags_field()
    text_model = models.ForeignKey(
        "providers.AIModel",
        verbose_name=_("text model"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    text_model_name = models.CharField(_("text model's name"), max_length=120, blank=True)
    caption_cost = models.DecimalField(
        _("caption's cost, US dollars"), max_digits=14, decimal_places=8, null=True, blank=True
    )
    caption_seconds = models.FloatField(_("caption's time, seconds"), null=True, blank=True)
    prompt_tokens = models.PositiveIntegerField(_("prompt tokens"), null=True, blank=True)
    completion_tokens = models.PositiveIntegerField(_("answer tokens"), null=True, blank=True)
    error_code = models.CharField(_("error"), max_length=40, blank=True)
    error_detail = models.TextField(_("error detail"), blank=True)
    cost = models.DecimalField(
        _("cost, US dollars"), max_digits=14, decimal_places=8, null=True, blank=True
    )
    seconds = models.FloatField(_("time, seconds"), null=True, blank=True)
    # What the post showed when another version took over: see `gallery.versions`.
    kept = models.JSONField(_("kept"), null=True, blank=True, editable=False)
    revision = models.PositiveBigIntegerField(_("revision"), default=0)
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    class Meta:
        verbose_name = _("exchange")
        verbose_name_plural = _("exchanges")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["post", "number"], name="gallery_exchange_number_unique"
            )
        ]
        indexes = [models.Index(fields=["owner", "created_at"], name="gallery_exchange_usage")]

    def __str__(self) -> str:
        return f"{self.post_id} {self.number}"

    @property
    def asks_caption(self) -> bool:
        return self.caption_status != CaptionStatus.NOT_ASKED

    @property
    def is_running(self) -> bool:
        return self.status == ExchangeStatus.RUNNING

    @property
    def error_sentence(self) -> str:
        """Why there is no caption, in the reader's language; "" where there is."""
        return why(self.error_code)

    @property
    def files(self) -> "list[File]":
        """What came with it, in its order."""
        return [attachment.file for attachment in self.attachments.all()]


class ExchangeFile(models.Model):
    """A reference that came with an exchange."""

    exchange = models.ForeignKey(
        Exchange,
        verbose_name=_("exchange"),
        on_delete=models.CASCADE,
        related_name="attachments",
        db_index=False,  # the constraint's index begins with it
    )
    # Restricted, not protected: a person's files go with all of their posts.
    file = models.ForeignKey(
        "files.File",
        verbose_name=_("file"),
        on_delete=models.RESTRICT,
        related_name="exchange_files",
    )
    position = models.PositiveSmallIntegerField(_("position"))

    class Meta:
        verbose_name = _("exchange's file")
        verbose_name_plural = _("exchanges' files")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["exchange", "position"], name="gallery_exchangefile_position_unique"
            )
        ]

    def __str__(self) -> str:
        return f"{self.exchange_id} {self.position}"


# Models of their own module, for Django to find them.
from gallery.batches.models import Batch as Batch  # noqa: E402
from gallery.batches.models import Move as Move  # noqa: E402
from gallery.images import GeneratedImage as GeneratedImage  # noqa: E402
from gallery.images import ImageStatus as ImageStatus  # noqa: E402
from gallery.trash.models import EmptiedTrash as EmptiedTrash  # noqa: E402
from gallery.usage.models import PurgedCalls as PurgedCalls  # noqa: E402
