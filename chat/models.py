"""Threads and their messages."""

import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from activity.search_fields import WithoutSearch, words_of
from providers.sentences import sentence

if TYPE_CHECKING:
    from accounts.models import User
    from files.models import File

TITLE_MAX = 200
IN_TRASH = models.Q(deleted_at__isnull=False)
LISTED = models.Q(deleted_at=None, archived_at=None, pinned_at=None)


class ThreadQuerySet(models.QuerySet["Thread"]):
    def visible_to(self, user: "User") -> "ThreadQuerySet":
        return self.filter(owner=user, deleted_at=None)

    def trashed_by(self, user: "User") -> "ThreadQuerySet":
        return self.filter(owner=user, deleted_at__isnull=False)

    def pinned(self) -> "ThreadQuerySet":
        """Newest pin first: a pinned row stays where it was put."""
        return self.filter(pinned_at__isnull=False).order_by("-pinned_at", "-id")

    def archived(self) -> "ThreadQuerySet":
        return self.filter(archived_at__isnull=False).order_by("-archived_at", "-id")

    def by_day(self) -> "ThreadQuerySet":
        """What the sidebar lists below the pinned ones."""
        return self.filter(LISTED).newest_first()

    def newest_first(self) -> "ThreadQuerySet":
        return self.order_by("-last_activity_at", "-id")


class TitleBy(models.TextChoices):
    """Who wrote a title. The model may better the first words, and nothing else."""

    WORDS = "words", _("First words")
    MODEL = "model", _("Model")
    PERSON = "person", _("Person")


class Thread(models.Model):
    """A conversation. `revision` grows with every change that its page shows; a client that
    knows revision r is brought up to date with the messages whose own revision is above r.
    `path_revision` is the newest revision that changed which messages are shown."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("owner"),
        on_delete=models.CASCADE,
        related_name="threads",
    )
    title = models.CharField(_("title"), max_length=TITLE_MAX, blank=True)
    title_by = models.CharField(
        _("title by"),
        max_length=6,
        choices=TitleBy.choices,
        default=TitleBy.PERSON,
        db_default=TitleBy.PERSON,
    )
    # When a model was asked for a title, which happens once.
    title_asked_at = models.DateTimeField(null=True, blank=True, editable=False)
    model = models.ForeignKey(
        "providers.AIModel",
        verbose_name=_("model"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    leaf = models.ForeignKey(
        "Message",
        verbose_name=_("last message shown"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    revision = models.PositiveBigIntegerField(_("revision"), default=0)
    path_revision = models.PositiveBigIntegerField(_("path revision"), default=0)
    # Why what is queued does not go on by itself: a `chat.queue.models.Pause`, or "".
    queue_pause = models.CharField(
        _("queue paused"), max_length=8, blank=True, default="", db_default="", editable=False
    )
    unread = models.BooleanField(_("unread"), default=False)
    # Up to where the owner has read, as long as `unread` says that there is more; NULL: not known.
    seen_revision = models.PositiveBigIntegerField(_("seen revision"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    last_activity_at = models.DateTimeField(_("last activity"), default=timezone.now)
    system_prompt = models.TextField(_("system prompt"), blank=True, default="", db_default="")
    # From 0 to 2; None leaves it to the model.
    temperature = models.FloatField(_("temperature"), null=True, blank=True)
    pinned_at = models.DateTimeField(_("pinned"), null=True, blank=True)
    archived_at = models.DateTimeField(_("archived"), null=True, blank=True)
    muted = models.BooleanField(_("muted"), default=False, db_default=False)
    deleted_at = models.DateTimeField(_("deleted"), null=True, blank=True)
    search = words_of("title")

    objects = WithoutSearch.from_queryset(ThreadQuerySet)()

    class Meta:
        verbose_name = _("thread")
        verbose_name_plural = _("threads")
        indexes = [
            models.Index(
                "owner",
                models.F("last_activity_at").desc(),
                models.F("id").desc(),
                name="chat_thread_owner_recent",
                condition=models.Q(deleted_at=None),
            ),
            models.Index(
                "owner",
                models.F("last_activity_at").desc(),
                models.F("id").desc(),
                name="chat_thread_listed",
                condition=LISTED,
            ),
            models.Index(
                "owner",
                models.F("pinned_at").desc(),
                name="chat_thread_pinned",
                condition=models.Q(deleted_at=None, pinned_at__isnull=False),
            ),
            models.Index(
                "owner",
                models.F("archived_at").desc(),
                models.F("id").desc(),
                name="chat_thread_archived",
                condition=models.Q(deleted_at=None, archived_at__isnull=False),
            ),
            models.Index(
                fields=["owner", "deleted_at", "id"],
                name="chat_thread_trashed",
                condition=IN_TRASH,
            ),
            models.Index(fields=["deleted_at", "id"], name="chat_thread_purge", condition=IN_TRASH),
            # Not "fast": its pending list would make a search pay for the writes before it.
            GinIndex("search", name="chat_thread_search", fastupdate=False),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(pinned_at=None) | models.Q(archived_at=None),
                name="chat_thread_pinned_or_archived",
            ),
            models.CheckConstraint(
                condition=models.Q(temperature=None) | models.Q(temperature__range=(0, 2)),
                name="chat_thread_temperature_0_to_2",
            ),
        ]

    def __str__(self) -> str:
        return self.title or str(self.pk)

    def bump(self, *, path: bool = False, activity: bool = False) -> int:
        """Take the next revision and return it. Locks the row until the transaction ends, so
        revisions are committed in their order and no client can skip one."""
        changes: dict[str, object] = {"revision": models.F("revision") + 1}
        if path:
            changes["path_revision"] = models.F("revision") + 1
        if activity:
            changes["last_activity_at"] = Now()
        Thread.objects.filter(pk=self.pk).update(**changes)
        self.refresh_from_db(fields=["revision", "path_revision", "last_activity_at"])
        return self.revision


class Role(models.TextChoices):
    USER = "user", _("User")
    ASSISTANT = "assistant", _("Assistant")


class Status(models.TextChoices):
    GENERATING = "generating", _("Generating")
    COMPLETED = "completed", _("Completed")
    STOPPED = "stopped", _("Stopped")
    FAILED = "failed", _("Failed")
    INTERRUPTED = "interrupted", _("Interrupted")


class MessageQuerySet(models.QuerySet["Message"]):
    def alive(self) -> "MessageQuerySet":
        return self.filter(deleted_at=None)


class Message(models.Model):
    """One entry of a thread, child of the message that it answers or follows. Siblings are
    alternatives; the thread shows the path that ends in its leaf. `seen_leaf` is the leaf that
    was shown below this message when the thread went over to a sibling of it. A message is
    deleted together with all below it, which then have the same `deleted_at`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    thread = models.ForeignKey(
        Thread,
        verbose_name=_("thread"),
        on_delete=models.CASCADE,
        related_name="messages",
        db_index=False,  # the indexes below begin with it
    )
    parent = models.ForeignKey(
        "self",
        verbose_name=_("parent"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="children",
    )
    seen_leaf = models.ForeignKey(
        "self",
        verbose_name=_("leaf last seen"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,  # a partial one, as few messages have siblings
    )
    role = models.CharField(_("role"), max_length=10, choices=Role.choices)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("author"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    client_id = models.UUIDField(_("client id"), null=True, blank=True, editable=False)
    content = models.TextField(_("content"), blank=True)
    html = models.TextField(_("rendered content"), blank=True, editable=False)
    reasoning = models.TextField(_("reasoning"), blank=True)
    reasoning_html = models.TextField(_("rendered reasoning"), blank=True, editable=False)
    reasoning_seconds = models.FloatField(_("reasoning time, seconds"), null=True, blank=True)
    model = models.ForeignKey(
        "providers.AIModel",
        verbose_name=_("model"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    # What an import calls the model; shown where `model` is unknown here.
    model_name = models.CharField(_("model elsewhere"), max_length=120, blank=True)
    status = models.CharField(
        _("status"), max_length=12, choices=Status.choices, default=Status.COMPLETED
    )
    error_code = models.CharField(_("error"), max_length=40, blank=True)
    prompt_tokens = models.PositiveIntegerField(_("prompt tokens"), null=True, blank=True)
    completion_tokens = models.PositiveIntegerField(_("answer tokens"), null=True, blank=True)
    cost = models.DecimalField(
        _("cost, US dollars"), max_digits=14, decimal_places=8, null=True, blank=True
    )
    seconds = models.FloatField(_("time, seconds"), null=True, blank=True)
    created_revision = models.PositiveBigIntegerField(_("created at revision"), default=0)
    revision = models.PositiveBigIntegerField(_("revision"), default=0)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    deleted_at = models.DateTimeField(_("deleted"), null=True, blank=True)
    search = words_of("content")

    # Whether to look for its files: `chat.path` knows, others must ask.
    has_files = True

    # Its place among its siblings, as `chat.tree.with_siblings` found it.
    place = 1
    siblings = 1
    previous_sibling: "uuid.UUID | None" = None
    next_sibling: "uuid.UUID | None" = None

    objects = WithoutSearch.from_queryset(MessageQuerySet)()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        indexes = [
            models.Index(fields=["thread", "revision"], name="chat_message_revision"),
            models.Index(fields=["thread", "parent"], name="chat_message_siblings"),
            models.Index(
                fields=["seen_leaf"],
                name="chat_message_seen_leaf",
                condition=models.Q(seen_leaf__isnull=False),
            ),
            models.Index(
                fields=["deleted_at", "id"], name="chat_message_purge", condition=IN_TRASH
            ),
            GinIndex("search", name="chat_message_search", fastupdate=False),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.pk}"

    @property
    def error_sentence(self) -> str:
        """Why there is no whole answer, in the reader's language; "" when there is."""
        return sentence(self.error_code) if self.error_code else ""

    @property
    def is_generating(self) -> bool:
        return self.status == Status.GENERATING

    @property
    def files(self) -> "list[File]":
        """What came with it, in its order."""
        if not self.has_files:
            return []
        return [attachment.file for attachment in self.attachments.all()]


class Attachment(models.Model):
    """A file that came with a message. Versions of a message share its files."""

    message = models.ForeignKey(
        Message,
        verbose_name=_("message"),
        on_delete=models.CASCADE,
        related_name="attachments",
        db_index=False,  # the constraint's index begins with it
    )
    # Restricted, not protected: a person's files go with all of their threads.
    file = models.ForeignKey(
        "files.File", verbose_name=_("file"), on_delete=models.RESTRICT, related_name="attachments"
    )
    position = models.PositiveSmallIntegerField(_("position"))

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["message", "position"], name="chat_attachment_position_unique"
            )
        ]

    def __str__(self) -> str:
        return f"{self.message_id} {self.position}"


# Models of the package, for Django to find them.
from chat.importing.models import ImportedThread, ImportJob  # noqa: E402, F401
from chat.queue.models import QueuedAttachment, QueuedMessage  # noqa: E402, F401
