import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from tests.accounts.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db

LIST = "/admin/accounts/user/"


@pytest.fixture
def staff(client: Client) -> User:
    user = make_user("staff@studio.example", is_staff=True, is_superuser=True)
    client.force_login(user)
    return user


def test_staff_make_an_account_that_can_sign_in(client: Client, staff: User) -> None:
    form = {
        "email": "New@Studio.Example",
        "usable_password": "true",
        "password1": PASSWORD,
        "password2": PASSWORD,
    }
    assert client.post(f"{LIST}add/", form).status_code == 302
    visitor = Client()
    visitor.post("/accounts/login/", {"login": "new@studio.example", "password": PASSWORD})
    assert "_auth_user_id" in visitor.session


def test_an_email_cannot_be_given_twice(client: Client, staff: User) -> None:
    form = {"email": "STAFF@studio.example", "usable_password": "false"}
    assert client.post(f"{LIST}add/", form).status_code == 200
    assert User.objects.count() == 1


def test_staff_change_a_password(client: Client, staff: User) -> None:
    member = make_user("member@studio.example")
    form = {"usable_password": "true", "password1": "glaze-wheel-7", "password2": "glaze-wheel-7"}
    assert client.post(f"{LIST}{member.pk}/password/", form).status_code == 302
    member.refresh_from_db()
    assert member.check_password("glaze-wheel-7")


def test_an_email_that_staff_changed_opens_the_account_no_more(client: Client, staff: User) -> None:
    member = make_user("member@studio.example")
    form = {"email": "moved@studio.example", "theme": "system", "is_active": "on"}
    assert client.post(f"{LIST}{member.pk}/change/", form).status_code == 302
    assert not EmailAddress.objects.filter(email="member@studio.example").exists()
    for email, expected in (("member@studio.example", False), ("moved@studio.example", True)):
        visitor = Client()
        visitor.post("/accounts/login/", {"login": email, "password": PASSWORD})
        assert ("_auth_user_id" in visitor.session) is expected


def test_the_list_asks_the_database_the_same_for_any_number_of_people(
    client: Client, staff: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with CaptureQueriesContext(connection) as few:
        client.get(LIST)
    for n in range(5):
        make_user(f"member{n}@studio.example")
    with django_assert_num_queries(len(few)):
        client.get(LIST)
