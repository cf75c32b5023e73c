"""What of a thread a model is sent, and what the page is told of it."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from chat.context import MAX_MESSAGES, history, room_of, tokens_of
from chat.generation import conversation_before
from chat.models import Message, Role
from chat.tuning import Tuning
from chat.tuning_services import tune
from providers.models import AIModel
from tests.chat.conversation import Conversation
from tests.factories import make_long_thread, make_model, send

pytestmark = pytest.mark.django_db(transaction=True)


def sent(user: User, thread_id: Any, text: str = "next") -> list[tuple[str, str]]:
    generation = send(user, text, thread_id=thread_id).generation
    return [(message.role, message.text) for message in conversation_before(generation)]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", 0),
        ("a", 5),
        ("The quick brown fox jumps over the lazy dog.", 15),
        ("猫" * 100, 99),
        ("\U0001f600", 6),
    ],
)
def test_tokens_by_the_rule_that_the_script_has_too(text: str, tokens: int) -> None:
    assert tokens_of(text) == tokens


def test_a_quarter_of_the_context_is_left_for_the_answer(settings: Any) -> None:
    settings.MAX_CONTEXT_TOKENS = 100_000
    assert room_of(AIModel(context_tokens=8_000)) == 6_000
    assert room_of(AIModel(context_tokens=1_000_000)) == 100_000
    assert room_of(AIModel()) == room_of(None) == 100_000


def test_the_newest_whole_exchanges_that_fit_are_sent(owner: User, model: AIModel) -> None:
    chat = Conversation(owner)
    chat.say("q1 " + "x" * 400, "a1 " + "x" * 400)
    chat.say("q2", "a2 " + "x" * 400)
    chat.say("q3", "a3")
    AIModel.objects.update(context_tokens=200)  # room for 150
    assert [text[:2] for _, text in sent(owner, chat.id, "q4")] == ["q2", "a2", "q3", "a3", "q4"]
    AIModel.objects.update(context_tokens=160)  # a2 alone would fit no more, so q2 goes too
    assert [text[:2] for _, text in again(chat)] == ["q3", "a3", "q4"]


def again(chat: Conversation) -> list[tuple[str, str]]:
    """The same question, asked anew of the model as it is now."""
    answer = Message.objects.filter(thread_id=chat.id, role=Role.ASSISTANT).latest("created_at")
    answer.generation.refresh_from_db()
    return [(m.role, m.text) for m in conversation_before(answer.generation)]


def test_a_question_is_sent_however_long_it_is(owner: User, model: AIModel) -> None:
    AIModel.objects.update(context_tokens=100)
    chat = Conversation(owner)
    chat.say("q1", "a1")
    assert sent(owner, chat.id, "x" * 1_000) == [("user", "x" * 1_000)]


def test_the_system_prompt_is_always_sent_and_takes_its_room(owner: User, model: AIModel) -> None:
    chat = Conversation(owner)
    chat.say("q1", "a1")
    tune(user=owner, thread_id=chat.id, tuning=Tuning("x" * 1_000))
    AIModel.objects.update(context_tokens=100)
    assert [role for role, _ in sent(owner, chat.id)] == ["system", "user"]


def test_a_thread_of_10000_messages_sends_a_bounded_part(owner: User, model: AIModel) -> None:
    thread = make_long_thread(owner, 10_000, model=model)
    generation = send(owner, "next", thread_id=thread.pk).generation
    with CaptureQueriesContext(connection) as queries:
        messages = conversation_before(generation)
    assert len(messages) <= MAX_MESSAGES
    assert messages[0].role == "user"
    assert messages[-1].text == "next"
    assert [m.text for m in messages[-3:]] == ["Message 9998", "Message 9999", "next"]
    assert len(queries) < 8


def test_a_cut_in_the_middle_of_an_exchange_leaves_all_of_it_out(
    owner: User, model: AIModel
) -> None:
    """With the question that is asked the limit falls between a question and its answer."""
    thread = make_long_thread(owner, MAX_MESSAGES + 10, model=model)
    messages = conversation_before(send(owner, "next", thread_id=thread.pk).generation)
    assert len(messages) == MAX_MESSAGES - 1
    assert (messages[0].role, messages[0].text) == ("user", "Message 12")


def test_failed_answers_take_no_part(owner: User) -> None:
    chat = Conversation(owner)
    chat.say("q1", "a1")
    Message.objects.filter(content="a1").update(content="", status="failed")
    assert sent(owner, chat.id, "q2") == [("user", "q1"), ("user", "q2")]


def test_the_page_is_told_the_size_of_each_exchange(
    owner: User, stranger: User, client: Client
) -> None:
    chat = Conversation(owner)
    chat.say("q1", "a1")
    chat.say("q2 is longer", "a2")
    tune(user=owner, thread_id=chat.id, tuning=Tuning("Short."))
    client.force_login(owner)
    told = client.get(f"/chat/{chat.id}/context/").json()
    assert told == {
        "revision": chat.thread.revision,
        "system": tokens_of("Short."),
        "exchanges": [
            tokens_of("q2 is longer") + tokens_of("a2"),
            tokens_of("q1") + tokens_of("a1"),
        ],
        "is_cut": False,
    }
    client.force_login(stranger)
    assert client.get(f"/chat/{chat.id}/context/").status_code == 404


def test_a_long_thread_is_told_in_a_bounded_part(owner: User, model: AIModel) -> None:
    thread = make_long_thread(owner, 2_000, model=model)
    with CaptureQueriesContext(connection) as queries:
        found = history(thread)
    assert (len(found.exchanges), found.is_cut) == (MAX_MESSAGES // 2, True)
    assert len(queries) == 1
    assert history(make_long_thread(owner, 10, model=make_model())).is_cut is False
