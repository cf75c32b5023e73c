from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from tests.accounts.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db

SIGNUP = "/accounts/signup/"
NEW = {"email": "new@studio.example", "password1": PASSWORD}


@pytest.fixture
def open_signup(settings: Any) -> None:
    settings.SIGNUP = "open"


def test_an_empty_installation_leads_to_the_first_account(client: Client) -> None:
    page = client.get("/accounts/login/").content.decode()
    assert "Make the first account" in page
    assert 'name="password"' not in page


def test_the_first_account_is_staff_and_signed_in(client: Client) -> None:
    response = client.post(SIGNUP, NEW)
    assert response.headers["Location"] == "/"
    user = User.objects.get()
    assert (user.is_staff, user.is_superuser) == (True, True)
    assert client.session["_auth_user_id"] == str(user.pk)


def test_a_later_account_is_not_staff(client: Client, open_signup: None) -> None:
    make_user()
    client.post(SIGNUP, NEW)
    user = User.objects.get(email=NEW["email"])
    assert (user.is_staff, user.is_superuser) == (False, False)


def test_sign_up_is_closed_once_somebody_has_an_account(client: Client) -> None:
    make_user()
    assert "Sign-up is closed" in client.get(SIGNUP).content.decode()
    client.post(SIGNUP, NEW)
    assert User.objects.count() == 1


def test_the_sign_in_page_shows_the_way_to_sign_up_only_when_it_is_open(
    client: Client, settings: Any
) -> None:
    make_user()
    assert SIGNUP not in client.get("/accounts/login/").content.decode()
    settings.SIGNUP = "open"
    assert SIGNUP in client.get("/accounts/login/").content.decode()


@pytest.mark.parametrize("email", ["owner@studio.example", "OWNER@Studio.Example"])
def test_an_email_belongs_to_one_account(client: Client, open_signup: None, email: str) -> None:
    make_user("owner@studio.example")
    response = client.post(SIGNUP, NEW | {"email": email})
    assert response.status_code == 200
    assert 'aria-invalid="true"' in response.content.decode()
    assert User.objects.count() == 1


@pytest.mark.parametrize("password", ["", "short1", "password", "12345678901", NEW["email"]])
def test_a_weak_password_is_refused_with_a_reason(client: Client, password: str) -> None:
    response = client.post(SIGNUP, NEW | {"password1": password})
    assert 'id="id_password1_error"' in response.content.decode()
    assert not User.objects.exists()


@pytest.mark.parametrize("email", ["", "x", "a@b", "a\x00@b.example", "é" * 300 + "@b.example"])
def test_a_bad_email_is_refused(client: Client, email: str) -> None:
    response = client.post(SIGNUP, NEW | {"email": email})
    assert response.status_code == 200
    assert not User.objects.exists()
