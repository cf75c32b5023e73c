"""A message that is sent by the plain form, before the page's scripts have run."""

import re
import uuid

import pytest
from django.test import Client

from accounts.models import User
from chat.models import Message
from tests.factories import send

pytestmark = pytest.mark.django_db(transaction=True)

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def form_of(page: str) -> tuple[str, dict[str, str]]:
    """The composer's address and hidden field, as a browser would send them."""
    address = re.search(r'<form class="composer"[^>]* action="([^"]+)"', page)
    client_id = re.search(r'name="client_id" value="([^"]+)"', page)
    assert address is not None
    assert client_id is not None
    return address[1], {"client_id": client_id[1]}


def test_the_form_of_a_new_chat_leads_to_its_thread(client: Client, owner: User) -> None:
    client.force_login(owner)
    address, fields = form_of(client.get("/chat/").text)

    answer = client.post(address, fields | {"text": "Hello"}, headers=BROWSER)

    question = Message.objects.get(role="user")
    assert answer.status_code == 302
    assert answer["Location"] == f"/chat/{question.thread_id}/"
    assert question.content == "Hello"


def test_a_refused_form_keeps_the_text_in_its_box(client: Client, owner: User) -> None:
    client.force_login(owner)
    thread_id = send(owner).generation.thread_id
    address, fields = form_of(client.get(f"/chat/{thread_id}/").text)

    answer = client.post(address, fields | {"text": "Too <early>"}, headers=BROWSER)

    assert answer.status_code == 409
    assert "Too &lt;early&gt;</textarea>" in answer.text
    assert "Please wait for the current response to complete" in answer.text


def test_the_form_cannot_reach_a_strangers_thread(
    client: Client, owner: User, stranger: User
) -> None:
    thread_id = send(owner).generation.thread_id
    client.force_login(stranger)

    answer = client.post(
        f"/chat/{thread_id}/messages/",
        {"text": "Let me in", "client_id": str(uuid.uuid4())},
        headers=BROWSER,
    )

    assert answer.status_code == 404
