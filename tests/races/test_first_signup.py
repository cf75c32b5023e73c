"""Two people who both find an empty installation."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import close_old_connections, connection
from django.test import Client

from accounts import forms, signup
from accounts.models import User
from tests.accounts.factories import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = 6


@pytest.fixture(autouse=True)
def no_rate_limits(settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = False


@contextmanager
def everybody_checks_first(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let nobody save before all have passed the page's own check, so that only the check under
    the lock can tell them apart."""
    barrier = threading.Barrier(PEOPLE)
    lock = forms.lock_signup

    def wait_then_lock() -> None:
        barrier.wait(timeout=20)
        lock()

    monkeypatch.setattr(forms, "lock_signup", wait_then_lock)
    yield


def sign_up(email: str) -> None:
    try:
        Client().post("/accounts/signup/", {"email": email, "password1": PASSWORD})
    finally:
        connection.close()


def run(emails: list[str]) -> None:
    close_old_connections()
    threads = [threading.Thread(target=sign_up, args=[email]) for email in emails]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)


EMAILS = [f"person{n}@studio.example" for n in range(PEOPLE)]


def test_of_many_first_sign_ups_one_becomes_staff(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SIGNUP = "open"
    with everybody_checks_first(monkeypatch):
        run(EMAILS)
    assert User.objects.count() == PEOPLE
    assert User.objects.filter(is_staff=True, is_superuser=True).count() == 1


def test_while_closed_only_one_first_account_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    with everybody_checks_first(monkeypatch):
        run(EMAILS)
    assert User.objects.filter(is_staff=True).count() == User.objects.count() == 1


def test_a_form_sent_twice_makes_one_account(monkeypatch: pytest.MonkeyPatch) -> None:
    with everybody_checks_first(monkeypatch):
        run([EMAILS[0]] * PEOPLE)
    assert User.objects.count() == 1


def test_control_without_the_lock_several_become_staff(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Shows that the tests above can fail: the same race, the lock off."""
    settings.SIGNUP = "open"
    barrier = threading.Barrier(PEOPLE)
    monkeypatch.setattr(forms, "lock_signup", lambda: None)
    found: list[signup.SignupState] = []

    def check_together() -> signup.SignupState:
        found.append(signup.signup_state())
        barrier.wait(timeout=20)
        return found[-1]

    monkeypatch.setattr(forms, "signup_state", check_together)
    run(EMAILS)
    assert User.objects.filter(is_staff=True).count() > 1
