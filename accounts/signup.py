"""Who may sign up: the first person always, then whom ATELIER_SIGNUP lets in."""

from typing import Literal

from django.conf import settings
from django.db import connection

from accounts.models import User

SIGNUP_LOCK = 0x41746C31  # key of a Postgres advisory lock, any number that nothing else uses

SignupState = Literal["first", "open", "closed"]


def signup_state() -> SignupState:
    """ "first" while nobody has an account, then the setting."""
    if not User.objects.exists():
        return "first"
    return "open" if settings.SIGNUP == "open" else "closed"


def lock_signup() -> None:
    """One sign-up at a time until the transaction ends: two that both find an empty table would
    both become staff, and no row exists yet that they could lock instead."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SIGNUP_LOCK])
