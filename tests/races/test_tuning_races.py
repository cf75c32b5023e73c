"""Settings of a thread against sends to it."""

import uuid
from functools import partial

import pytest

from accounts.models import User
from activity.models import Generation
from chat.generation import Answer
from chat.models import Message, Thread
from chat.tuning import Tuning
from chat.tuning_services import tune
from tests.chat.conversation import Conversation
from tests.factories import send
from tests.races.race import at_once

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 5


def test_settings_and_a_send_at_once_are_both_kept(owner: User) -> None:
    for number in range(ROUNDS):
        chat = Conversation(owner)
        chat.say("q1", "a1")
        before = chat.thread.revision
        wanted = Tuning(f"Prompt {number}", 0.5)
        set_it = partial(tune, user=owner, thread_id=chat.id, tuning=wanted)
        results = at_once([set_it, partial(send, owner, "q2", thread_id=chat.id)])
        assert not [result for result in results if isinstance(result, Exception)]
        thread = chat.thread
        assert (thread.system_prompt, thread.temperature) == (wanted.system_prompt, 0.5)
        assert thread.revision == before + 2
        assert thread.leaf is not None
        assert thread.leaf.parent is not None
        assert thread.leaf.parent.content == "q2"
        request = Answer().prepare(Generation.objects.in_flight().get(thread=thread)).request
        assert (request.messages[0].text, request.temperature) == (wanted.system_prompt, 0.5)


def test_two_first_messages_at_once_make_one_thread_with_one_of_the_settings(owner: User) -> None:
    for _ in range(ROUNDS):
        thread_id = uuid.uuid4()
        first, second = (
            partial(send, owner, name, thread_id=thread_id, tuning=Tuning(name))
            for name in ("one", "two")
        )
        at_once([first, second])
        thread = Thread.objects.get(pk=thread_id)
        question = Message.objects.get(thread=thread, role="user")
        assert thread.system_prompt == question.content


def test_settings_set_at_once_are_never_mixed(owner: User) -> None:
    chat = Conversation(owner)
    chat.say("q1", "a1")
    wanted = [Tuning(str(number), number / 10) for number in range(6)]
    at_once([partial(tune, user=owner, thread_id=chat.id, tuning=tuning) for tuning in wanted])
    thread = chat.thread
    assert Tuning(thread.system_prompt, thread.temperature) in wanted
