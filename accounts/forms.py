"""Forms of the account pages."""

from typing import Any

from allauth.account import forms as allauth_forms
from allauth.account.models import EmailAddress
from django import forms
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from accounts.emails import settle_email
from accounts.models import SYSTEM_PROMPT_MAX, SendKey, Theme, User
from accounts.signup import lock_signup, signup_state
from providers.models import AIModel


class OnePassword:
    """A new password is typed once: who mistypes it can reset it."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("password2", None)
        self.fields["password1"].help_text = _("At least 8 characters, and not a common word.")


class ChangePasswordForm(OnePassword, allauth_forms.ChangePasswordForm):  # type: ignore[misc]
    pass


class AddEmailForm(allauth_forms.AddEmailForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("New email")

    def save(self, request: HttpRequest) -> EmailAddress:
        settle_email(self.user)
        return super().save(request)


class SetPasswordForm(OnePassword, allauth_forms.SetPasswordForm):  # type: ignore[misc]
    pass


class ResetPasswordKeyForm(OnePassword, allauth_forms.ResetPasswordKeyForm):  # type: ignore[misc]
    pass


class SignupForm(OnePassword, allauth_forms.SignupForm):  # type: ignore[misc]
    @transaction.atomic
    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        """Make the account; the first of all becomes staff. What was checked before (is sign-up
        open, is the email free) is checked again under the lock."""
        lock_signup()
        state = signup_state()
        if state == "closed":
            return None, redirect("account_signup")
        if User.objects.filter(email__iexact=self.cleaned_data["email"]).exists():
            messages.error(request, _("There is already an account with this email. Sign in."))
            return None, redirect("account_login")
        user, response = super().try_save(request)
        if user and state == "first":
            user.is_staff = user.is_superuser = True
            user.save(update_fields=["is_staff", "is_superuser"])
        return user, response


class SettingsForm(forms.ModelForm):  # type: ignore[type-arg]
    language = forms.ChoiceField(
        label=_("Language"),
        required=False,
        choices=lambda: [("", _("As in the browser")), *settings.LANGUAGES],
    )
    theme = forms.ChoiceField(
        label=_("Theme"), choices=Theme.choices, widget=forms.RadioSelect, initial=Theme.SYSTEM
    )
    default_model = forms.ModelChoiceField(
        label=_("Model for new chats"),
        required=False,
        queryset=AIModel.objects.available().text(),
        empty_label=_("The first available"),
    )

    default_image_models = forms.ModelMultipleChoiceField(
        label=_("Image models for new posts"),
        required=False,
        queryset=AIModel.objects.available().image(),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Without a choice, those of your last post. A project can have its own."),
    )
    queue_mode = forms.BooleanField(
        label=_("Queue messages while an answer is being written"),
        required=False,
        help_text=_(
            "They are sent one after another. What is queued stays queued when this is turned off."
        ),
    )
    system_prompt = forms.CharField(
        label=_("System prompt for new chats"),
        required=False,
        max_length=SYSTEM_PROMPT_MAX,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Each chat begins with it, and can have another one in its settings."),
    )
    send_key = forms.ChoiceField(
        label=_("Send messages with"),
        choices=SendKey.choices,
        widget=forms.RadioSelect,
        initial=SendKey.ENTER,
        help_text=_("Shift+Enter always begins a new line, and so does Enter on a touch screen."),
    )
    single_keys = forms.BooleanField(
        label=_("Shortcuts of a single key, such as ? and /"), required=False
    )

    class Meta:
        model = User
        fields = [
            "name",
            "language",
            "theme",
            "default_model",
            "default_image_models",
            "queue_mode",
            "system_prompt",
            "send_key",
            "single_keys",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs["autocomplete"] = "name"


class ThemeForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = User
        fields = ["theme"]
