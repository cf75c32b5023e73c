"""The generation ledger: what was asked of workers, who holds it, and how it ended.

The rows decide; Celery and Redis only carry hints. State changes are guarded UPDATEs by the
database's clock, so that any number of workers, web processes and sweepers can race.
"""

import uuid
from typing import cast

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from activity.conversation import KINDS, Conversation


class State(models.TextChoices):
    QUEUED = "queued", _("Queued")
    RUNNING = "running", _("Running")
    COMPLETED = "completed", _("Completed")
    FAILED = "failed", _("Failed")
    STOPPED = "stopped", _("Stopped")
    INTERRUPTED = "interrupted", _("Interrupted")


IN_FLIGHT = (State.QUEUED, State.RUNNING)


class GenerationQuerySet(models.QuerySet["Generation"]):
    def in_flight(self) -> "GenerationQuerySet":
        return self.filter(state__in=IN_FLIGHT)

    def writing_to(self, conversation: Conversation) -> "GenerationQuerySet":
        return self.filter(**conversation.key)


class Generation(models.Model):
    """One piece of work of a worker. `epoch` is the fencing token: it grows with every claim
    and every forced end, and a write that names another epoch changes nothing."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("kind"), max_length=40)
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.QUEUED)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        on_delete=models.CASCADE,
        related_name="generations",
    )
    thread = models.ForeignKey(
        "chat.Thread",
        verbose_name=_("thread"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="generations",
    )
    message = models.OneToOneField(
        "chat.Message",
        verbose_name=_("message"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="generation",
    )
    post = models.ForeignKey(
        "gallery.Post",
        verbose_name=_("post"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="generations",
    )
    exchange = models.ForeignKey(
        "gallery.Exchange",
        verbose_name=_("exchange"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="generations",
    )
    edit = models.ForeignKey(
        "imageedit.EditConversation",
        verbose_name=_("edit conversation"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="generations",
    )
    turn = models.ForeignKey(
        "imageedit.Turn",
        verbose_name=_("turn"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="generations",
    )
    model = models.ForeignKey(
        "providers.AIModel",
        verbose_name=_("model"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    idempotency_key = models.UUIDField(_("idempotency key"))
    request_digest = models.CharField(_("request digest"), max_length=64)

    epoch = models.PositiveBigIntegerField(_("epoch"), default=0)
    attempt = models.PositiveSmallIntegerField(_("attempt"), default=0)
    lease_until = models.DateTimeField(_("lease until"), null=True, blank=True)
    worker = models.CharField(_("worker"), max_length=120, blank=True)

    created_at = models.DateTimeField(_("created"), default=timezone.now)
    sent_at = models.DateTimeField(_("sent to the queue"), default=timezone.now)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    error_code = models.CharField(_("error"), max_length=40, blank=True)
    error_detail = models.TextField(_("error detail"), blank=True)
    prompt_tokens = models.PositiveIntegerField(_("prompt tokens"), null=True, blank=True)
    completion_tokens = models.PositiveIntegerField(_("answer tokens"), null=True, blank=True)
    cost = models.DecimalField(
        _("cost, US dollars"), max_digits=14, decimal_places=8, null=True, blank=True
    )
    first_output_seconds = models.FloatField(_("time to first output"), null=True, blank=True)
    seconds = models.FloatField(_("time, seconds"), null=True, blank=True)

    objects = GenerationQuerySet.as_manager()

    class Meta:
        verbose_name = _("generation")
        verbose_name_plural = _("generations")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "idempotency_key"], name="activity_generation_key_unique"
            )
        ]
        indexes = [
            models.Index(
                fields=["sent_at"],
                name="activity_generation_queued",
                condition=models.Q(state=State.QUEUED),
            ),
            models.Index(
                fields=["lease_until"],
                name="activity_generation_running",
                condition=models.Q(state=State.RUNNING),
            ),
            models.Index(
                fields=["thread"],
                name="activity_generation_in_flight",
                condition=models.Q(state__in=IN_FLIGHT),
            ),
            models.Index(
                fields=["post"],
                name="activity_generation_of_post",
                condition=models.Q(state__in=IN_FLIGHT),
            ),
            models.Index(
                fields=["edit"],
                name="activity_generation_of_edit",
                condition=models.Q(state__in=IN_FLIGHT),
            ),
            models.Index(fields=["user", "-created_at"], name="activity_generation_user"),
            models.Index(fields=["-created_at"], name="activity_generation_recent"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def is_in_flight(self) -> bool:
        return self.state in IN_FLIGHT

    @property
    def conversation(self) -> Conversation | None:
        """What it writes to, and whose lock it holds."""
        for kind in KINDS:
            if conversation_id := getattr(self, f"{kind}_id"):
                return Conversation(kind, conversation_id)
        return None

    @property
    def owner_id(self) -> uuid.UUID | None:
        """Whose conversation it is."""
        conversation = self.conversation
        if conversation is None:
            return None
        return cast(uuid.UUID, getattr(self, conversation.kind).owner_id)


class GenerationLock(models.Model):
    """The right to write to one conversation. Its unique columns decide races between sends;
    its lease is that of its generation."""

    generation = models.OneToOneField(
        Generation, verbose_name=_("generation"), on_delete=models.CASCADE, related_name="lock"
    )
    thread = models.OneToOneField(
        "chat.Thread",
        verbose_name=_("thread"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="generation_lock",
    )
    post = models.OneToOneField(
        "gallery.Post",
        verbose_name=_("post"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="generation_lock",
    )
    edit = models.OneToOneField(
        "imageedit.EditConversation",
        verbose_name=_("edit conversation"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="generation_lock",
    )
    acquired_at = models.DateTimeField(_("acquired"), default=timezone.now)

    class Meta:
        verbose_name = _("generation lock")
        verbose_name_plural = _("generation locks")

    def __str__(self) -> str:
        return str(self.generation_id)


class TextChunk(models.Model):
    """Text of a running generation, saved every few seconds; gone once the generation ends.
    `offset` counts UTF-8 bytes from the start of the answer."""

    generation = models.ForeignKey(Generation, on_delete=models.CASCADE, related_name="chunks")
    offset = models.PositiveBigIntegerField(_("offset, bytes"))
    text = models.TextField(_("text"))

    class Meta:
        verbose_name = _("text chunk")
        verbose_name_plural = _("text chunks")
        constraints = [
            models.UniqueConstraint(
                fields=["generation", "offset"], name="activity_textchunk_offset_unique"
            )
        ]

    def __str__(self) -> str:
        return f"{self.generation_id} at {self.offset}"


class ConversationActivity(models.Model):
    """How many generations of a conversation are in flight, and so whether its spinner shows.
    Changed only in the transaction that changes a generation's state (`activity.counts`)."""

    thread = models.OneToOneField(
        "chat.Thread",
        verbose_name=_("thread"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="activity",
    )
    post = models.OneToOneField(
        "gallery.Post",
        verbose_name=_("post"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="activity",
    )
    edit = models.OneToOneField(
        "imageedit.EditConversation",
        verbose_name=_("edit conversation"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="activity",
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,  # the index below begins with it
    )
    active_count = models.PositiveIntegerField(_("active"), default=0)
    is_generating = models.BooleanField(_("generating"), default=False)
    updated_at = models.DateTimeField(_("updated"), default=timezone.now)

    class Meta:
        verbose_name = _("conversation's activity")
        verbose_name_plural = _("conversations' activity")
        indexes = [models.Index(fields=["user", "is_generating"], name="activity_of_user")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(is_generating=models.Q(active_count__gt=0)),
                name="activity_generating_means_active",
            ),
            models.CheckConstraint(
                condition=models.Q(thread__isnull=False, post=None, edit=None)
                | models.Q(thread=None, post__isnull=False, edit=None)
                | models.Q(thread=None, post=None, edit__isnull=False),
                name="activity_of_one_conversation",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.thread_id or self.post_id or self.edit_id}: {self.active_count}"


class RefusedSend(models.Model):
    """How often a person's sends were refused on a day, by reason."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        on_delete=models.CASCADE,
        related_name="+",
    )
    day = models.DateField(_("day"))
    reason = models.CharField(_("reason"), max_length=20)
    count = models.PositiveIntegerField(_("count"), default=0)

    class Meta:
        verbose_name = _("refused send")
        verbose_name_plural = _("refused sends")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "day", "reason"], name="activity_refusedsend_unique"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.day} {self.reason}: {self.count}"


class Counter(models.Model):
    """A number that only grows, kept in the database so that every process counts in one place:
    swept, resent, drift, and what else /metrics shows."""

    name = models.CharField(_("name"), max_length=60, primary_key=True)
    value = models.PositiveBigIntegerField(_("value"), default=0)

    class Meta:
        verbose_name = _("counter")
        verbose_name_plural = _("counters")

    def __str__(self) -> str:
        return f"{self.name}: {self.value}"
