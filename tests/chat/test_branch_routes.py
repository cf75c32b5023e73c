"""The branches over HTTP, and what pages are told of them."""

import re
import uuid
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from chat.live import LiveThread
from tests.chat.conversation import Conversation

pytestmark = pytest.mark.django_db


@pytest.fixture
def chat(owner: User) -> Conversation:
    chat = Conversation(owner)
    chat.say("q1", "a1")
    chat.say("q2", "a2")
    return chat


@pytest.fixture
def browser(owner: User) -> Client:
    client = Client(headers={"Accept": "application/json"})
    client.force_login(owner)
    return client


def post(browser: Client, chat: Conversation, subject: str, operation: str, **fields: str) -> Any:
    url = f"/chat/{chat.id}/messages/{chat.named(subject).pk}/{operation}/"
    return browser.post(url, {"client_id": str(uuid.uuid4()), **fields})


def page_of(browser: Client, chat: Conversation) -> str:
    return browser.get(f"/chat/{chat.id}/", headers={"Accept": "text/html"}).text


@pytest.mark.parametrize(
    ("operation", "subject", "fields"),
    [("regenerate", "a2", {}), ("edit", "q2", {"text": "q2b"})],
)
def test_a_new_answer_is_created_once(
    browser: Client, chat: Conversation, operation: str, subject: str, fields: dict[str, str]
) -> None:
    fields = {**fields, "client_id": str(uuid.uuid4())}

    first = post(browser, chat, subject, operation, **fields)
    again = post(browser, chat, subject, operation, **fields)

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.json()["revision"] == chat.thread.revision


def test_showing_deleting_and_restoring_tell_the_revision(
    browser: Client, chat: Conversation
) -> None:
    chat.again("a2", "a2b")
    for operation in ("show", "delete", "restore"):
        answer = post(browser, chat, "a2", operation)

        assert answer.status_code == 200
        assert answer.json() == {"revision": chat.thread.revision}


@pytest.mark.parametrize(
    ("operation", "fields", "status", "code"),
    [
        ("regenerate", {"client_id": "x"}, 400, "malformed"),
        ("regenerate", {"model": "x"}, 400, "malformed"),
        ("regenerate", {"model": str(uuid.uuid4())}, 422, "unknown_model"),
        ("edit", {"text": " "}, 422, "empty"),
        ("edit", {"text": "x" * 200_001}, 413, "too_long"),
        ("edit", {"text": "better", "client_id": ""}, 400, "malformed"),
        ("edit", {"text": "better"}, 403, "not_yours"),
        ("retry", {}, 409, "complete"),
    ],
)
def test_what_cannot_be_done_has_a_sentence(
    browser: Client,
    chat: Conversation,
    operation: str,
    fields: dict[str, str],
    status: int,
    code: str,
) -> None:
    answer = post(browser, chat, "a2", operation, **fields)

    assert (answer.status_code, answer.json()["error"]) == (status, code)
    assert answer.json()["message"].endswith(".")
    assert chat.shown() == ["q1", "a1", "q2", "a2"]


def test_the_text_of_a_deleted_message_is_not_given_out(
    browser: Client, chat: Conversation
) -> None:
    url = f"/chat/{chat.id}/messages/{chat.named('a2').pk}/source/"
    assert browser.get(url).text == "a2"

    chat.delete("q2")

    assert browser.get(url).status_code == 404
    assert ">a2<" not in page_of(browser, chat)


def test_a_page_shows_which_version_it_shows(browser: Client, chat: Conversation) -> None:
    assert "Version" not in page_of(browser, chat)
    chat.again("a2", "a2b")
    chat.show("a2")

    page = page_of(browser, chat)

    assert 'aria-label="Version 1 of 2"' in page
    shows = re.findall(r'data-show="([^"]*)"', page)
    assert shows == ["", str(chat.named("a2b").pk)]


@pytest.mark.parametrize("operation", ["regenerate", "edit", "show", "delete", "restore"])
def test_a_page_that_is_open_gets_the_path_anew(
    browser: Client, chat: Conversation, operation: str
) -> None:
    chat.again("a2", "a2b")
    if operation == "restore":
        chat.delete("a2")
    before = chat.thread.revision
    subject = "q2" if operation == "edit" else "a2"

    post(browser, chat, subject, operation, text="q2b")
    if operation == "delete":  # of what is not shown: the versions count anew
        assert chat.shown()[-1] == "a2b"

    changes = LiveThread().changes_since(user=chat.owner, id=chat.id, revision=before)
    assert changes is not None
    assert changes.revision == before + 1
    assert 'hx-target="#log" hx-swap="innerMorph"' in changes.content
