"""What people have emptied."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class EmptiedTrash(models.Model):
    """All of a person's that was deleted until this moment is to go for good. It is not shown any
    more, however long the purge takes."""

    owner = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        verbose_name=_("owner"),
        primary_key=True,
        on_delete=models.CASCADE,
        related_name="+",
    )
    until = models.DateTimeField(_("until"))

    class Meta:
        verbose_name = _("emptied trash")
        verbose_name_plural = _("emptied trashes")

    def __str__(self) -> str:
        return f"{self.owner_id} until {self.until}"
