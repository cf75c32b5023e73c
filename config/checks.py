"""Configuration that would only hurt later is refused at start, with a sentence that says how to
mend it."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

MIN_KEY_LENGTH = 50
MIN_KEY_VARIETY = 10


@register
def check_signup(**kwargs: Any) -> Iterable[CheckMessage]:
    if settings.SIGNUP not in ("open", "closed"):
        yield Error(
            f'ATELIER_SIGNUP is "{settings.SIGNUP}".',
            hint='Set it to "open" or "closed".',
            id="atelier.E001",
        )


@register
def check_secret_key(**kwargs: Any) -> Iterable[CheckMessage]:
    key = settings.SECRET_KEY
    if len(key) < MIN_KEY_LENGTH or len(set(key)) < MIN_KEY_VARIETY:
        yield Error(
            "ATELIER_SECRET_KEY is too easy to guess.",
            hint=f"Use at least {MIN_KEY_LENGTH} random characters, or leave it out: "
            "Atelier then makes one and keeps it in its data folder.",
            id="atelier.E002",
        )


@register
def check_port(**kwargs: Any) -> Iterable[CheckMessage]:
    if not 0 < settings.PORT < 65536:
        yield Error(f"ATELIER_PORT is {settings.PORT}.", hint="1 to 65535.", id="atelier.E003")


@register
def check_lease(**kwargs: Any) -> Iterable[CheckMessage]:
    """A lease shorter than two heartbeats is lost by a healthy worker now and then."""
    if settings.LEASE_SECONDS < 2 * settings.HEARTBEAT_SECONDS:
        yield Error(
            "ATELIER_LEASE_SECONDS is less than two ATELIER_HEARTBEAT_SECONDS.",
            hint="The defaults are 20 and 5.",
            id="atelier.E004",
        )


@register
def check_hosts(**kwargs: Any) -> Iterable[CheckMessage]:
    if "*" in settings.ALLOWED_HOSTS and not settings.DEBUG:
        yield Warning(
            'ATELIER_ALLOWED_HOSTS contains "*".',
            hint="Name the hosts instead: links in emails are made from the host of the request.",
            id="atelier.W001",
        )
