"""What is remembered of calls once the work that they were made for is deleted for good."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class PurgedCalls(models.Model):
    """Sums of calls of one kind of work to one model in one quarter of an hour: days begin at
    quarters in every time zone. Only added, in the transaction that deletes the calls.
    docs/adr/0072."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,  # the index below begins with it
    )
    work = models.CharField(_("work"), max_length=10)
    model = models.ForeignKey(
        "providers.AIModel",
        verbose_name=_("model"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    model_name = models.CharField(_("model's name"), max_length=120, blank=True)
    at = models.DateTimeField(_("from"))
    calls = models.PositiveIntegerField(_("calls"))
    images = models.PositiveIntegerField(_("images"), default=0)
    prompt_tokens = models.PositiveBigIntegerField(_("prompt tokens"), default=0)
    completion_tokens = models.PositiveBigIntegerField(_("answer tokens"), default=0)
    cost = models.DecimalField(
        _("cost, US dollars"), max_digits=18, decimal_places=8, null=True, blank=True
    )
    unknown = models.PositiveIntegerField(_("calls of unknown cost"), default=0)

    class Meta:
        verbose_name = _("purged calls")
        verbose_name_plural = _("purged calls")
        indexes = [models.Index(fields=["user", "at"], name="gallery_purgedcalls_usage")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.work} {self.at}: {self.calls}"
