"""Conversations that change an image: turns, and the images that each turn asks models for."""

import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from activity.search_fields import WithoutSearch, words_of
from gallery.images import PENDING, ImageStatus
from gallery.sentences import why

if TYPE_CHECKING:
    from accounts.models import User

TITLE_MAX = 200
IN_TRASH = models.Q(deleted_at__isnull=False)


class ConversationQuerySet(models.QuerySet["EditConversation"]):
    def visible_to(self, user: "User") -> "ConversationQuerySet":
        return self.filter(owner=user, deleted_at=None)

    def trashed_by(self, user: "User") -> "ConversationQuerySet":
        return self.filter(owner=user, deleted_at__isnull=False)

    def newest_first(self) -> "ConversationQuerySet":
        return self.order_by("-updated_at", "-id")


class EditConversation(models.Model):
    """Begins with an image, the source, which may be deleted for good meanwhile. `revision` grows
    with every change that its page shows; turns carry that of their own last change.
    `turn_count` and `instruction`, the last one, are for lists."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("owner"),
        on_delete=models.CASCADE,
        related_name="edit_conversations",
        db_index=False,  # the indexes below begin with it
    )
    source = models.ForeignKey(
        "gallery.GeneratedImage",
        verbose_name=_("source"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="edit_conversations",
    )
    title = models.CharField(_("title"), max_length=TITLE_MAX)
    aspect_ratio = models.CharField(_("aspect ratio"), max_length=5)
    resolution = models.CharField(_("resolution"), max_length=3)
    turn_count = models.PositiveIntegerField(_("turns"), default=0)
    instruction = models.TextField(_("last instruction"), blank=True)
    unread = models.BooleanField(_("unread"), default=False)
    revision = models.PositiveBigIntegerField(_("revision"), default=0)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    updated_at = models.DateTimeField(_("updated"), default=timezone.now)
    deleted_at = models.DateTimeField(_("deleted"), null=True, blank=True)
    search = words_of("title")

    objects = WithoutSearch.from_queryset(ConversationQuerySet)()

    class Meta:
        verbose_name = _("edit conversation")
        verbose_name_plural = _("edit conversations")
        indexes = [
            models.Index(
                "owner",
                models.F("updated_at").desc(),
                models.F("id").desc(),
                name="imageedit_recent",
                condition=models.Q(deleted_at=None),
            ),
            models.Index(
                fields=["owner", "deleted_at", "id"],
                name="imageedit_trashed",
                condition=IN_TRASH,
            ),
            models.Index(fields=["deleted_at", "id"], name="imageedit_purge", condition=IN_TRASH),
            GinIndex(fields=["search"], name="imageedit_search"),
        ]

    def __str__(self) -> str:
        return self.title

    def bump(self) -> int:
        """Take the next revision and return it. Locks the row until the transaction ends."""
        EditConversation.objects.filter(pk=self.pk).update(
            revision=models.F("revision") + 1, updated_at=Now()
        )
        self.refresh_from_db(fields=["revision", "updated_at"])
        return self.revision


class TurnStatus(models.TextChoices):
    RUNNING = "running", _("Running")
    COMPLETED = "completed", _("Completed")
    FAILED = "failed", _("Failed")
    STOPPED = "stopped", _("Stopped")


class Turn(models.Model):
    """One instruction, the references that went with it, and the images that models made of them.
    `cost` is all that was spent on it, `seconds` how long its runs took. `revision` is that of its
    last change, outputs included; `first_revision` that of its making."""

    conversation = models.ForeignKey(
        EditConversation,
        verbose_name=_("edit conversation"),
        on_delete=models.CASCADE,
        related_name="turns",
        db_index=False,  # the constraint's index begins with it
    )
    number = models.PositiveIntegerField(_("number"))
    instruction = models.TextField(_("instruction"))
    status = models.CharField(
        _("status"), max_length=10, choices=TurnStatus.choices, default=TurnStatus.RUNNING
    )
    cost = models.DecimalField(
        _("cost, US dollars"), max_digits=14, decimal_places=8, null=True, blank=True
    )
    seconds = models.FloatField(_("time, seconds"), null=True, blank=True)
    revision = models.PositiveBigIntegerField(_("revision"), default=0)
    first_revision = models.PositiveBigIntegerField(_("first revision"), default=0)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    search = words_of("instruction")

    objects = WithoutSearch()

    class Meta:
        verbose_name = _("turn")
        verbose_name_plural = _("turns")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["conversation", "number"], name="imageedit_turn_number_unique"
            )
        ]
        indexes = [GinIndex(fields=["search"], name="imageedit_turn_search")]

    def __str__(self) -> str:
        return f"{self.conversation_id} {self.number}"

    @property
    def is_running(self) -> bool:
        return self.status == TurnStatus.RUNNING

    @property
    def lost(self) -> "list[Output]":
        """Outputs of which nothing came. Of one, its own button tries again."""
        lost = [output for output in self.outputs.all() if output.is_lost]
        return lost if len(lost) > 1 else []


class Reference(models.Model):
    """An image that went with a turn. `image`: the one of the gallery whose file it is."""

    turn = models.ForeignKey(
        Turn,
        verbose_name=_("turn"),
        on_delete=models.CASCADE,
        related_name="references",
        db_index=False,  # the constraint's index begins with it
    )
    # Restricted, not protected: a person's files go with all of their conversations.
    file = models.ForeignKey(
        "files.File",
        verbose_name=_("file"),
        on_delete=models.RESTRICT,
        related_name="edit_references",
    )
    image = models.ForeignKey(
        "gallery.GeneratedImage",
        verbose_name=_("image"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    position = models.PositiveSmallIntegerField(_("position"))

    class Meta:
        verbose_name = _("reference")
        verbose_name_plural = _("references")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["turn", "position"], name="imageedit_reference_position_unique"
            )
        ]

    def __str__(self) -> str:
        return f"{self.turn_id} {self.position}"


class OutputQuerySet(models.QuerySet["Output"]):
    def without_post(self) -> "OutputQuerySet":
        """Drawn and opened, and not in the gallery yet."""
        return self.filter(status=ImageStatus.READY, image=None, file__isnull=False)


class Output(models.Model):
    """One image that a turn asks one model for: a slot, and then what fills it. Once it is drawn
    and opened it is an image of a post of its own, and only that points to the file: deleting
    the image for good is deleting it. `cost` is all that was spent on it, tries that failed
    included. `sent` is how many of the turn's references this model took."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    turn = models.ForeignKey(
        Turn,
        verbose_name=_("turn"),
        on_delete=models.CASCADE,
        related_name="outputs",
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
    sent = models.PositiveSmallIntegerField(_("references sent"), null=True, blank=True)
    status = models.CharField(
        _("status"), max_length=10, choices=ImageStatus.choices, default=ImageStatus.WAITING
    )
    file = models.ForeignKey(
        "files.File",
        verbose_name=_("file"),
        null=True,
        blank=True,
        on_delete=models.RESTRICT,
        related_name="edit_outputs",
    )
    image = models.OneToOneField(
        "gallery.GeneratedImage",
        verbose_name=_("image"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="edit_output",
    )
    width = models.PositiveIntegerField(_("width"), null=True, blank=True)
    height = models.PositiveIntegerField(_("height"), null=True, blank=True)
    seconds = models.FloatField(_("time, seconds"), null=True, blank=True)
    cost = models.DecimalField(
        _("cost, US dollars"), max_digits=14, decimal_places=8, null=True, blank=True
    )
    error_code = models.CharField(_("error"), max_length=40, blank=True)
    error_detail = models.TextField(_("error detail"), blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    objects = OutputQuerySet.as_manager()

    class Meta:
        verbose_name = _("output")
        verbose_name_plural = _("outputs")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["turn", "position"], name="imageedit_output_position_unique"
            )
        ]
        indexes = [
            models.Index(
                fields=["id"],
                name="imageedit_without_post",
                condition=models.Q(status=ImageStatus.READY, image=None, file__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.model_name} {self.pk}"

    @property
    def is_pending(self) -> bool:
        return self.status in PENDING

    @property
    def is_lost(self) -> bool:
        """Nothing came of it; it can be tried again."""
        return self.status in (ImageStatus.FAILED, ImageStatus.STOPPED)

    @property
    def error_sentence(self) -> str:
        """Why there is no image, in the reader's language; "" where there is none to tell."""
        return why(self.error_code)
