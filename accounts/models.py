"""People and their preferences."""

import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

SYSTEM_PROMPT_MAX = 20_000  # characters


class Theme(models.TextChoices):
    SYSTEM = "system", _("System")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class SendKey(models.TextChoices):
    ENTER = "enter", _("Enter")
    MODIFIER = "modifier", _("Ctrl or Cmd + Enter")


class UserManager(BaseUserManager["User"]):
    @classmethod
    def normalize_email(cls, email: str | None) -> str:
        return (email or "").lower()

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, **fields, is_staff=True, is_superuser=True)


class User(AbstractBaseUser, PermissionsMixin):
    """Somebody with an account, known by email."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(_("email"), max_length=254)
    name = models.CharField(_("name"), max_length=150, blank=True)
    is_staff = models.BooleanField(_("staff"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    date_joined = models.DateTimeField(_("joined"), default=timezone.now)

    language = models.CharField(_("language"), max_length=10, blank=True)  # "": the browser's
    theme = models.CharField(_("theme"), max_length=10, choices=Theme.choices, default=Theme.SYSTEM)
    default_model = models.ForeignKey(
        "providers.AIModel",
        verbose_name=_("default model"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    default_image_models = models.ManyToManyField(
        "providers.AIModel", verbose_name=_("default image models"), blank=True, related_name="+"
    )
    queue_mode = models.BooleanField(_("queue messages"), default=False)
    favourite_models = models.ManyToManyField(
        "providers.AIModel", verbose_name=_("favourite models"), blank=True, related_name="+"
    )
    system_prompt = models.TextField(
        _("system prompt"), max_length=SYSTEM_PROMPT_MAX, blank=True, default="", db_default=""
    )
    send_key = models.CharField(
        _("send with"),
        max_length=10,
        choices=SendKey.choices,
        default=SendKey.ENTER,
        db_default=SendKey.ENTER,
    )
    single_keys = models.BooleanField(_("single-key shortcuts"), default=True, db_default=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = UserManager()

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [models.UniqueConstraint(Lower("email"), name="accounts_user_email_unique")]

    def __str__(self) -> str:
        return self.email

    @property
    def display_name(self) -> str:
        return self.name or self.email.partition("@")[0]

    @property
    def initials(self) -> str:
        words = self.display_name.replace(".", " ").replace("_", " ").split()
        return "".join(word[0] for word in words[:2]).upper() or "?"


def display_name(user: User) -> str:
    """How allauth's pages call somebody."""
    return user.display_name
