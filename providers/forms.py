"""The staff's form of a provider. Its key goes in and never comes out again."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from providers.base import AddressRefused
from providers.guard import check_url
from providers.models import Dialect, Provider


class ProviderForm(forms.ModelForm):  # type: ignore[type-arg]
    new_key = forms.CharField(
        label=_("API key"),
        required=False,
        strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}, render_value=False),
    )
    forget_key = forms.BooleanField(label=_("Forget the kept key"), required=False)
    # Its own field, as Django's URLField knows no "http://ollama:11434/v1".
    base_url = forms.CharField(label=_("Base URL"), required=False, max_length=300)

    class Meta:
        model = Provider
        fields = ("name", "dialect", "base_url", "headers", "enabled")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.api_key:
            self.fields["new_key"].help_text = _("A key is kept. Leave blank to keep it.")
        else:
            self.fields["new_key"].help_text = _("No key is kept.")
            del self.fields["forget_key"]

    def clean_new_key(self) -> str:
        key: str = self.cleaned_data["new_key"]
        if not (key.isascii() and key.isprintable()):
            raise ValidationError(_("A key has no such characters."))
        return key

    def clean_base_url(self) -> str:
        url: str = self.cleaned_data["base_url"].strip().rstrip("/")
        if url:
            try:
                check_url(url)
            except AddressRefused as error:
                raise ValidationError(error.detail) from None
        return url

    def clean_headers(self) -> dict[str, str]:
        headers = self.cleaned_data["headers"] or {}
        texts = isinstance(headers, dict) and all(
            isinstance(value, str) and (name + value).isascii() and (name + value).isprintable()
            for name, value in headers.items()
        )
        if not texts:
            raise ValidationError(_("Headers are an object of names and plain texts."))
        return dict(headers)

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or self.cleaned_data
        needs_url = found.get("dialect") == Dialect.OPENAI and not self.instance.from_environment
        if needs_url and not found.get("base_url") and "base_url" not in self.errors:
            self.add_error("base_url", _("An OpenAI-compatible provider needs a base URL."))
        return found

    def save(self, commit: bool = True) -> Provider:
        if self.cleaned_data.get("forget_key"):
            self.instance.api_key = ""
        if self.cleaned_data["new_key"]:
            self.instance.api_key = self.cleaned_data["new_key"]
        saved: Provider = super().save(commit)
        return saved
