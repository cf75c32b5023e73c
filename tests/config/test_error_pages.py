from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client

pytestmark = pytest.mark.django_db


def test_a_missing_page_says_so_on_a_page_of_ours(client: Client) -> None:
    response = client.get("/nothing-here/")
    assert response.status_code == 404
    assert "There is nothing here" in response.content.decode()


def test_a_form_without_its_token_is_refused_with_a_way_out(settings: Any) -> None:
    response = Client(enforce_csrf_checks=True).post("/settings/language/", {"language": "en"})
    assert response.status_code == 403
    assert "out of date" in response.content.decode()


@pytest.mark.parametrize("status", ["400", "403", "403_csrf", "404", "413", "429", "500"])
def test_error_pages_need_no_request(status: str) -> None:
    """The server may be unable to give them one."""
    page = render_to_string(f"{status}.html")
    assert page.count("<h1>") == 1
    assert "style=" not in page
