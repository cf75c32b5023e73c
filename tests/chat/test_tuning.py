"""A thread's system prompt and temperature: who sets them, what they may be, who is asked so."""

import uuid

import pytest
from django.test import Client

from accounts.models import SYSTEM_PROMPT_MAX, User
from chat.generation import Answer, conversation_before
from chat.models import Thread
from chat.refusals import BadTemperature, NotFound, PromptTooLong
from chat.tuning import Tuning, tuning_of
from chat.tuning_services import tune
from tests.chat.conversation import Conversation
from tests.factories import send

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def chat(owner: User) -> Conversation:
    chat = Conversation(owner)
    chat.say("q1", "a1")
    return chat


def test_an_answer_is_asked_for_with_the_threads_settings(chat: Conversation) -> None:
    tune(user=chat.owner, thread_id=chat.id, tuning=Tuning("Be short.", 0.3))
    generation = send(chat.owner, "q2", thread_id=chat.id).generation
    request = Answer().prepare(generation).request
    assert request.temperature == 0.3
    assert [(m.role, m.text) for m in request.messages] == [
        ("system", "Be short."),
        ("user", "q1"),
        ("assistant", "a1"),
        ("user", "q2"),
    ]


def test_without_settings_the_model_is_left_alone(chat: Conversation) -> None:
    request = Answer().prepare(send(chat.owner, "q2", thread_id=chat.id).generation).request
    assert request.temperature is None
    assert [message.role for message in request.messages] == ["user", "assistant", "user"]


def test_asking_again_takes_the_settings_of_now(chat: Conversation) -> None:
    tune(user=chat.owner, thread_id=chat.id, tuning=Tuning("First"))
    tune(user=chat.owner, thread_id=chat.id, tuning=Tuning("Second", 2))
    messages = conversation_before(chat.ask_again("a1").generation)
    assert messages[0].text == "Second"


def test_a_change_is_a_revision_and_none_is_not(chat: Conversation) -> None:
    before = chat.thread.revision
    assert tune(user=chat.owner, thread_id=chat.id, tuning=Tuning("x")) == before + 1
    assert tune(user=chat.owner, thread_id=chat.id, tuning=Tuning("x")) == before + 1
    assert tune(user=chat.owner, thread_id=chat.id, tuning=Tuning()) == before + 2


def test_only_its_owner_sets_a_thread(chat: Conversation, stranger: User) -> None:
    with pytest.raises(NotFound):
        tune(user=stranger, thread_id=chat.id, tuning=Tuning("Mine"))
    Thread.objects.update(deleted_at="2026-01-01T00:00:00Z")
    with pytest.raises(NotFound):
        tune(user=chat.owner, thread_id=chat.id, tuning=Tuning("In the trash"))
    assert chat.thread.system_prompt == ""


def test_a_first_message_brings_settings_and_a_later_one_does_not(owner: User) -> None:
    chat = Conversation(owner)
    send(owner, "q1", thread_id=chat.id, tuning=Tuning("Mine", 0.5))
    assert (chat.thread.system_prompt, chat.thread.temperature) == ("Mine", 0.5)
    other = Conversation(owner)
    other.say("q1", "a1")
    send(owner, "q2", thread_id=other.id, tuning=Tuning("Late", 1))
    assert (other.thread.system_prompt, other.thread.temperature) == ("", None)


def test_a_new_thread_begins_with_the_prompt_of_its_owners_settings(owner: User) -> None:
    owner.system_prompt = "Speak plainly."
    owner.save()
    chat, bare = Conversation(owner), Conversation(owner)
    chat.say("q1", "a1")
    assert chat.thread.system_prompt == "Speak plainly."
    send(owner, "q1", thread_id=bare.id, tuning=Tuning())
    assert bare.thread.system_prompt == ""


@pytest.mark.parametrize("value", ["-0.1", "2.01", "nan", "inf", "1e400", "warm", "0x1"])
def test_what_is_no_temperature_is_refused(value: str) -> None:
    with pytest.raises(BadTemperature):
        tuning_of({"temperature": value})


@pytest.mark.parametrize(("value", "read"), [("", None), ("0", 0.0), ("2", 2.0), (" 0.70 ", 0.7)])
def test_temperatures_are_read(value: str, read: float | None) -> None:
    assert tuning_of({"temperature": value}).temperature == read


def test_a_prompt_has_a_limit_and_is_storable() -> None:
    longest = "x" * SYSTEM_PROMPT_MAX
    assert tuning_of({"system_prompt": f" {longest}\r\n"}).system_prompt == longest
    with pytest.raises(PromptTooLong):
        tuning_of({"system_prompt": longest + "x"})
    assert tuning_of({"system_prompt": "a\0\ud800b"}).system_prompt == "a\ufffd\ufffdb"


def test_settings_over_http(chat: Conversation, client: Client, stranger: User) -> None:
    client.force_login(chat.owner)
    url = f"/chat/{chat.id}/settings/"
    assert client.post(url, {"system_prompt": "Hi", "temperature": "0.4"}).status_code == 204
    assert client.get(url).json() == {"system_prompt": "Hi", "temperature": 0.4}
    refused = client.post(url, {"system_prompt": "Hi", "temperature": "3"})
    assert (refused.status_code, refused.json()["error"]) == (422, "bad_temperature")
    assert client.get(f"/chat/{uuid.uuid4()}/settings/").status_code == 404
    page = client.get(f"/chat/{chat.id}/").content.decode()
    assert "Temperature 0.4" in page
    client.force_login(stranger)
    assert client.get(url).status_code == 404
    assert client.post(url, {"system_prompt": "Hi"}).status_code == 404


def test_a_bad_temperature_sends_nothing(owner: User, client: Client) -> None:
    client.force_login(owner)
    fields = {"text": "Hi", "client_id": str(uuid.uuid4()), "temperature": "9"}
    response = client.post(
        f"/chat/{uuid.uuid4()}/messages/", fields, headers={"accept": "application/json"}
    )
    assert response.status_code == 422
    assert not Thread.objects.exists()
