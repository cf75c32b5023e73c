"""Endpoints and the models that they serve."""

import uuid
from decimal import Decimal

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from providers.crypto import EncryptedTextField
from providers.sizes import nearest_ratio, nearest_resolution


class Dialect(models.TextChoices):
    OPENAI = "openai", _("OpenAI-compatible")
    DEMO = "demo", _("Built-in demo")


class Kind(models.TextChoices):
    TEXT = "text", _("Text")
    IMAGE = "image", _("Image")


class Provider(models.Model):
    """An endpoint: where to send requests and with which key."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=80, unique=True)
    dialect = models.CharField(
        _("dialect"), max_length=10, choices=Dialect.choices, default=Dialect.OPENAI
    )
    base_url = models.CharField(_("base URL"), max_length=300, blank=True)
    api_key = EncryptedTextField(_("API key"), blank=True, default="")
    headers = models.JSONField(_("extra headers"), default=dict, blank=True)
    enabled = models.BooleanField(_("enabled"), default=True)
    # Its key is not kept here but read from OPENAI_API_KEY.
    from_environment = models.BooleanField(_("from the environment"), default=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("provider")
        verbose_name_plural = _("providers")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["dialect"],
                condition=models.Q(dialect=Dialect.DEMO),
                name="providers_one_demo",
                violation_error_message=_("There is one demo provider only."),
            ),
            models.UniqueConstraint(
                fields=["from_environment"],
                condition=models.Q(from_environment=True),
                name="providers_one_from_environment",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def key(self) -> str:
        key: str = settings.OPENAI_API_KEY if self.from_environment else self.api_key
        return key


class AIModelQuerySet(models.QuerySet["AIModel"]):
    def available(self) -> "AIModelQuerySet":
        """Models that a person can choose: enabled, of an enabled provider."""
        return self.filter(enabled=True, provider__enabled=True).select_related("provider")

    def text(self) -> "AIModelQuerySet":
        return self.filter(kind=Kind.TEXT)

    def image(self) -> "AIModelQuerySet":
        return self.filter(kind=Kind.IMAGE)


class AIModel(models.Model):
    """A model of a provider. Prices are US dollars: a million tokens, or one image."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    provider = models.ForeignKey(
        Provider, verbose_name=_("provider"), on_delete=models.CASCADE, related_name="models"
    )
    slug = models.CharField(_("slug"), max_length=200)
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.TEXT)
    enabled = models.BooleanField(_("enabled"), default=True)
    position = models.PositiveIntegerField(_("position"), default=0)
    # The endpoint's own list named it once, and then did so no more.
    vanished = models.BooleanField(_("vanished"), default=False, editable=False)
    from_list = models.BooleanField(_("from the endpoint's list"), default=False, editable=False)
    pigment = models.PositiveSmallIntegerField(_("pigment"), default=1)  # 1 to 8, its swatch

    vision = models.BooleanField(_("sees images"), default=False)
    image_edit = models.BooleanField(_("edits images"), default=False)
    # Images come from the images endpoints, or inside a chat answer.
    images_in_chat = models.BooleanField(_("images inside chat answers"), default=False)
    # Such a model refuses to be asked for text beside its images.
    only_images = models.BooleanField(
        _("answers with images only"), default=False, db_default=False
    )
    max_references = models.PositiveSmallIntegerField(_("reference images"), default=0)
    aspect_ratios = models.JSONField(_("aspect ratios"), default=list, blank=True)
    resolutions = models.JSONField(_("resolutions"), default=list, blank=True)
    context_tokens = models.PositiveIntegerField(_("context, tokens"), null=True, blank=True)

    input_price = models.DecimalField(
        _("input price"), max_digits=12, decimal_places=6, null=True, blank=True
    )
    output_price = models.DecimalField(
        _("output price"), max_digits=12, decimal_places=6, null=True, blank=True
    )
    image_price = models.DecimalField(
        _("image price"), max_digits=12, decimal_places=6, null=True, blank=True
    )

    objects = AIModelQuerySet.as_manager()

    class Meta:
        verbose_name = _("model")
        verbose_name_plural = _("models")
        ordering = ["position", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "slug", "kind"], name="providers_model_slug_unique"
            ),
            models.CheckConstraint(
                condition=models.Q(pigment__range=(1, 8)), name="providers_model_pigment_1_to_8"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def text_cost(self, *, prompt_tokens: int, completion_tokens: int) -> Decimal | None:
        """US dollars at the model's price; None where no price is known."""
        if self.input_price is None or self.output_price is None:
            return None
        total = self.input_price * prompt_tokens + self.output_price * completion_tokens
        return total / 1_000_000

    def image_cost(
        self, *, prompt_tokens: int | None, completion_tokens: int | None
    ) -> Decimal | None:
        """US dollars of one image, for an answer that does not name its cost itself."""
        if self.image_price is not None:
            return self.image_price
        if prompt_tokens is None or completion_tokens is None:
            return None
        return self.text_cost(prompt_tokens=prompt_tokens, completion_tokens=completion_tokens)

    def image_shape(self, aspect_ratio: str, resolution: str) -> tuple[str, str]:
        """What it offers that is nearest to what is wished."""
        return (
            nearest_ratio(aspect_ratio, self.aspect_ratios),
            nearest_resolution(resolution, self.resolutions),
        )
