"""allauth's questions about this installation."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.signup import signup_state

# Signing in and out and new codes show for themselves.
QUIET = (
    "account/messages/logged_in.txt",
    "account/messages/logged_out.txt",
    "mfa/messages/recovery_codes_generated.txt",
)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _("That email or password does not match. Try again."),
        "email_taken": _("There is already an account with this email."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return signup_state() != "closed"

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        *args: object,
        **kwargs: object,
    ) -> None:
        if message_template not in QUIET:
            super().add_message(request, level, message_template, *args, **kwargs)
