"""A message that waits for its turn."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models.functions import Left
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

EXCERPT_CHARS = 400  # more than two lines show


class Pause(models.TextChoices):
    """Why a thread's queue does not go on by itself; "" while it does."""

    STOPPED = "stopped", _("You stopped the answer, so the queue is paused.")
    FAILED = "failed", _("The answer was not finished, so the queue is paused.")
    UNSENT = (
        "unsent",
        _("The next message could not be sent. Edit it for another model, or remove it."),
    )
    HELD = "held", _("The queue is paused.")


class QueuedMessageQuerySet(models.QuerySet["QueuedMessage"]):
    def waiting(self) -> "QueuedMessageQuerySet":
        return self.filter(removed_at=None)

    def in_order(self) -> "QueuedMessageQuerySet":
        return self.order_by("position")

    def excerpts(self) -> "QueuedMessageQuerySet":
        """With the beginnings of the texts in their place: fifty long ones are 10 MB."""
        return self.defer("text").annotate(excerpt=Left("text", EXCERPT_CHARS))


class QueuedMessage(models.Model):
    """A message sent while another was being answered. The row is gone once it was sent: its
    request is then known by the generation. One that was removed stays for a while, so that it
    can be had back, and so that a late delivery of its request does not bring it back.

    Rows are changed only with the thread's row locked. What is waiting while the generation lock
    is free waits because of `Thread.queue_pause`: who ends an answer starts the next message, or
    pauses the queue, in the same transaction.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    thread = models.ForeignKey(
        "chat.Thread",
        verbose_name=_("thread"),
        on_delete=models.CASCADE,
        related_name="queued_messages",
        db_index=False,  # the index below begins with it
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("author"),
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,  # the constraint below begins with it
    )
    client_id = models.UUIDField(_("client id"), editable=False)
    request_digest = models.CharField(_("request digest"), max_length=64, editable=False)
    text = models.TextField(_("text"))
    model = models.ForeignKey(
        "providers.AIModel",
        verbose_name=_("model"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    position = models.PositiveIntegerField(_("position"))
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    removed_at = models.DateTimeField(_("removed"), null=True, blank=True)

    objects = QueuedMessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("queued message")
        verbose_name_plural = _("queued messages")
        constraints = [
            models.UniqueConstraint(
                fields=["author", "client_id"], name="chat_queuedmessage_key_unique"
            )
        ]
        indexes = [models.Index(fields=["thread", "position"], name="chat_queuedmessage_order")]

    def __str__(self) -> str:
        return str(self.pk)
