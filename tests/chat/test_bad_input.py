"""What a page, a script or an attacker may send: each has one clear answer, and what is refused
leaves nothing behind."""

import time
import uuid
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from activity import ledger
from activity.kinds import Outcome
from activity.models import Generation, State
from activity.streaming.markdown import render
from chat.models import Message, Role, Thread
from providers.models import AIModel, Kind, Provider
from tests.factories import make_model, make_running, send, thread_of

pytestmark = pytest.mark.django_db

NOBODY = uuid.UUID("ab1e0000-0000-4000-8000-00000000cafe")
FORM = "application/x-www-form-urlencoded"
BOMBS = {
    "brackets": "[" * 100_000,
    "quotes": ">" * 10_000 + " deep",
    "lists": "\n".join("  " * depth + "- item" for depth in range(400)),
    "emphasis": "*a **b " * 10_000,
    "backticks": "".join("`" * n + " " for n in range(1, 400)),
    "links": "[a](" * 20_000,
    "table": ("|" * 500 + "\n") + ("|-" * 500 + "|\n") + ("|" * 500 + "\n") * 100,
    "references": "".join(f"[{n}]: /{n}\n" for n in range(5_000)) + "[1]" * 10_000,
    "entities": "&" * 50_000,
    "html": "<div>" * 20_000,
}


class Sender:
    """A signed-in person's script, which sends to one thread."""

    def __init__(self, user: User, thread_id: uuid.UUID | None = None) -> None:
        self.client = Client(raise_request_exception=True)
        self.client.force_login(user)
        self.thread_id = thread_id or uuid.uuid4()
        self.url = f"/chat/{self.thread_id}/messages/"

    def send(self, text: str = "Hello", **fields: Any) -> Any:
        values = {"text": text, "client_id": str(uuid.uuid4())} | fields
        return self.client.post(self.url, values)

    def send_raw(self, body: bytes) -> Any:
        headers = {"Accept": "application/json"}
        return self.client.post(self.url, body, content_type=FORM, headers=headers)


@pytest.fixture
def sender(owner: User) -> Sender:
    return Sender(owner)


def assert_refused(response: Any, status: int, code: str) -> None:
    """A status for programs, a sentence for people, and nothing in the database."""
    assert response.status_code == status
    body = response.json()
    assert body["error"] == code
    assert body["message"][0].isupper()
    assert body["message"].rstrip(".") != ""
    assert not Message.objects.filter(role=Role.USER).exists()
    assert not Generation.objects.exists()


@pytest.mark.parametrize("text", ["", " ", "\n\t \r\n", "\u2003\u00a0\u3000"])
def test_an_empty_message_is_refused(sender: Sender, text: str) -> None:
    assert_refused(sender.send(text), 422, "empty")
    assert not Thread.objects.exists()


def test_a_message_without_a_text_field_is_refused(sender: Sender) -> None:
    response = sender.client.post(sender.url, {"client_id": str(uuid.uuid4())})

    assert_refused(response, 422, "empty")


@pytest.mark.parametrize("letter", ["a", "ã", "🏺"])
def test_a_megabyte_of_text_is_too_long(sender: Sender, letter: str) -> None:
    size = 1_000_000 // len(letter.encode())

    response = sender.send(letter * size)

    assert_refused(response, 413, "too_long")
    assert "200,000" in response.json()["message"]
    assert not Thread.objects.exists()


@pytest.mark.parametrize("letter", ["a", "🏺"])
def test_the_longest_allowed_message_is_kept_whole(sender: Sender, letter: str) -> None:
    text = letter * 200_000

    response = sender.send_raw(f"client_id={uuid.uuid4()}&text={quote(text)}".encode())

    assert response.status_code == 201
    assert Message.objects.get(role=Role.USER).content == text


def test_a_body_beyond_the_upload_limit_is_told_so(sender: Sender) -> None:
    body = b"text=" + b"a" * (5 * 1024 * 1024)

    assert_refused(sender.send_raw(body), 413, "too_large")


def test_a_browser_that_sends_too_much_gets_a_page(sender: Sender) -> None:
    body = b"text=" + b"a" * (5 * 1024 * 1024)

    response = sender.client.post(sender.url, body, content_type=FORM)

    assert response.status_code == 413
    assert "at most 4 MB" in response.content.decode()


def test_too_many_fields_are_refused(sender: Sender) -> None:
    body = "&".join(f"f{n}=1" for n in range(2_000)).encode()

    assert_refused(sender.send_raw(body), 400, "malformed")


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        (b"a%00b", "a\ufffdb"),
        (b"a\x00b", "a\ufffdb"),
        (b"a%ED%A0%80b", "a\ufffd\ufffd\ufffdb"),  # a lone surrogate in UTF-8
        (b"a%FFb", "a\ufffdb"),
        (b"%F0%9F%8F", "\ufffd"),  # a cut emoji
        (b"%", "%"),
    ],
)
def test_what_no_database_can_hold_is_replaced(sender: Sender, raw: bytes, kept: str) -> None:
    response = sender.send_raw(b"client_id=%s&text=%s" % (str(uuid.uuid4()).encode(), raw))

    assert response.status_code == 201
    assert Message.objects.get(role=Role.USER).content == kept


def test_a_surrogate_from_inside_python_is_replaced_too(owner: User) -> None:
    send(owner, "a\ud800b \0 \ud83c\udffa")

    assert Message.objects.get(role=Role.USER).content == "a\ufffdb \ufffd 🏺"


@pytest.mark.parametrize("name", BOMBS)
def test_a_markdown_bomb_as_a_question_is_shown_as_it_is(sender: Sender, name: str) -> None:
    text = BOMBS[name]

    assert sender.send(text).status_code == 201

    page = sender.client.get(f"/chat/{sender.thread_id}/")
    assert page.status_code == 200
    assert Message.objects.get(role=Role.USER).content == text.strip()


@pytest.mark.parametrize("name", BOMBS)
def test_a_markdown_bomb_as_an_answer_is_saved_and_shown(owner: User, name: str) -> None:
    running, text = make_running(owner), BOMBS[name]
    started = time.monotonic()

    outcome = Outcome(State.COMPLETED, text=text, html=render(text))
    assert ledger.finish(running.pk, epoch=running.epoch, outcome=outcome)

    page = Sender(owner).client.get(f"/chat/{running.thread_id}/")
    assert page.status_code == 200
    assert Message.objects.get(pk=running.message_id).content == text
    assert time.monotonic() - started < 20  # a bomb takes minutes or never ends


@pytest.mark.parametrize("value", ["not-a-uuid", "1", "../../etc", "🏺", "\0", "0" * 5000])
def test_a_malformed_model_is_refused(sender: Sender, value: str) -> None:
    assert_refused(sender.send(model=value), 400, "malformed")


@pytest.mark.parametrize("value", ["", "nonsense", "{}", "\0"])
def test_a_malformed_client_id_is_refused(sender: Sender, value: str) -> None:
    assert_refused(sender.send(client_id=value), 400, "malformed")


def test_a_missing_client_id_is_refused(sender: Sender) -> None:
    assert_refused(sender.client.post(sender.url, {"text": "Hello"}), 400, "malformed")


def unusable_models() -> dict[str, uuid.UUID]:
    closed = Provider.objects.create(name="Closed", enabled=False)
    return {
        "unknown": uuid.uuid4(),
        "disabled": make_model("off", enabled=False).pk,
        "an image model": make_model("painter", kind=Kind.IMAGE).pk,
        "of a disabled provider": AIModel.objects.create(provider=closed, slug="x", name="X").pk,
    }


@pytest.mark.parametrize(
    "which", ["unknown", "disabled", "an image model", "of a disabled provider"]
)
def test_a_model_that_cannot_answer_is_refused(sender: Sender, which: str) -> None:
    response = sender.send(model=str(unusable_models()[which]))

    assert_refused(response, 422, "unknown_model")
    assert not Thread.objects.exists()


def test_without_any_model_the_sentence_says_whom_to_ask(sender: Sender) -> None:
    AIModel.objects.all().delete()

    response = sender.send()

    assert_refused(response, 422, "no_model")
    assert "administrator" in response.json()["message"]


def test_a_strangers_thread_is_not_found(owner: User, stranger: User) -> None:
    generation = send(owner, "mine").generation

    response = Sender(stranger, generation.thread_id).send("not yours")

    assert (response.status_code, response.json()["error"]) == (404, "not_found")
    assert thread_of(generation).messages.count() == 2


def test_a_thread_in_the_trash_is_not_found(owner: User) -> None:
    thread = Thread.objects.create(owner=owner, deleted_at=timezone.now())

    assert_refused(Sender(owner, thread.pk).send(), 404, "not_found")


def test_the_same_client_id_with_another_text_is_a_conflict(sender: Sender) -> None:
    key = str(uuid.uuid4())
    sender.send("one", client_id=key)

    response = sender.send("two", client_id=key)

    assert (response.status_code, response.json()["error"]) == (409, "conflict")
    assert Message.objects.filter(role=Role.USER).count() == 1


def test_the_same_client_id_of_somebody_else_is_their_own(owner: User, stranger: User) -> None:
    key = str(uuid.uuid4())

    assert Sender(owner).send(client_id=key).status_code == 201
    assert Sender(stranger).send(client_id=key).status_code == 201


def test_a_send_to_a_busy_thread_is_told_to_wait(sender: Sender) -> None:
    sender.send("one")

    response = sender.send("two")

    assert response.status_code == 409
    assert response.json() == {
        "error": "busy",
        "message": "Please wait for the current response to complete before sending another "
        "message",
    }


@pytest.mark.parametrize(
    "revision",
    ["", "-1", "1.5", "²", "٣", "NaN", "1e400", "9" * 30, "9" * 5000, "0x10", "\0", "[]"],
)
def test_changes_since_any_revision_are_answered(sender: Sender, revision: str) -> None:
    sender.send()

    response = sender.client.get(f"/chat/{sender.thread_id}/changes/", {"revision": revision})

    assert response.status_code == 200
    assert response.json()["revision"] == 1


@pytest.mark.parametrize("before", ["", "x", "\0", "9" * 5000])
@pytest.mark.parametrize("cursor", ["before", "after", "around"])
def test_messages_next_to_nothing_readable_are_refused(
    sender: Sender, cursor: str, before: str
) -> None:
    sender.send()

    response = sender.client.get(
        f"/chat/{sender.thread_id}/window/", {cursor: before, "revision": 9}
    )

    assert (response.status_code, response.json()["error"]) == (400, "malformed")


@pytest.mark.parametrize("after", ["", "x", "\0", "a:b:c", "🏺" * 1000])
def test_an_unreadable_cursor_gives_the_first_threads(sender: Sender, after: str) -> None:
    sender.send("A thread")

    response = sender.client.get("/chat/threads/", {"after": after})

    assert response.status_code == 200
    assert "A thread" in response.content.decode()


@pytest.mark.parametrize(
    "path",
    [
        "/chat/nonsense/",
        f"/chat/{str(NOBODY).upper()}/",
        "/chat/%00/",
        "/chat/../../etc/passwd",
        f"/chat/{NOBODY}/messages/x/retry/",
    ],
)
def test_an_address_that_is_none_is_not_found(sender: Sender, path: str) -> None:
    assert sender.client.get(path).status_code in {404, 405}


@pytest.mark.parametrize("operation", ["send", "retry", "stop"])
def test_a_request_without_a_csrf_token_changes_nothing(owner: User, operation: str) -> None:
    running = make_running(owner)
    client = Client(enforce_csrf_checks=True, headers={"Accept": "application/json"})
    client.force_login(owner)
    base = f"/chat/{running.thread_id}/"
    paths = {
        "send": f"/chat/{uuid.uuid4()}/messages/",
        "retry": f"{base}messages/{running.message_id}/retry/",
        "stop": f"{base}stop/",
    }

    response = client.post(paths[operation], {"text": "Hi", "client_id": str(uuid.uuid4())})

    assert response.status_code == 403
    assert response.json()["error"] == "csrf"
    assert "Reload the page" in response.json()["message"]
    assert Generation.objects.get().state == State.RUNNING


def test_a_send_with_a_csrf_token_from_our_page_is_taken(owner: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)
    client.get("/chat/")
    token = client.cookies["csrftoken"].value

    response = client.post(
        f"/chat/{uuid.uuid4()}/messages/",
        {"text": "Hi", "client_id": str(uuid.uuid4())},
        headers={"X-CSRFToken": token},
    )

    assert response.status_code == 201


def test_a_foreign_origin_with_a_token_is_refused(owner: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)
    client.get("/chat/")
    headers = {"X-CSRFToken": client.cookies["csrftoken"].value, "Origin": "https://evil.test"}

    response = client.post(f"/chat/{uuid.uuid4()}/messages/", {"text": "Hi"}, headers=headers)

    assert response.status_code == 403
    assert "<h1>" in response.content.decode()
