"""The request as typed views see it."""

from django.http import HttpRequest

from accounts.models import User


class SignedInRequest(HttpRequest):
    """What a view behind `login_required` gets."""

    user: User
