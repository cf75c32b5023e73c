"""Races between what changes a thread's branches: the thread's row lock and the generation's lock
decide, and every loser is told to wait and leaves nothing behind."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from random import Random
from typing import Any
from unittest.mock import patch

import pytest

from accounts.models import User
from activity.models import ConversationActivity, Generation, GenerationLock, State
from chat import branches
from chat.asking import Sent
from chat.models import Message, Role, Thread
from chat.path import path
from chat.refusals import MessageGone, WaitForAnswer
from tests.chat.conversation import Conversation, finish
from tests.factories import send
from tests.races.race import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

AT_ONCE = 20
ROUNDS = 30


@pytest.fixture
def chat(owner: User) -> Conversation:
    chat = Conversation(owner)
    chat.say("q1", "a1")
    chat.say("q2", "a2")
    return chat


def assert_whole(chat: Conversation) -> None:
    """The tree and the ledger agree: what is shown exists from end to end, at most one answer is
    being written, and it is the leaf."""
    thread = chat.thread
    shown = path(thread)
    assert all(message.deleted_at is None for message in shown)
    assert shown == [] or shown[0].parent_id is None
    alive = Message.objects.alive().filter(thread=thread)
    assert not alive.filter(parent__deleted_at__isnull=False).exists()
    running = list(Generation.objects.in_flight().filter(thread=thread))
    assert len(running) == GenerationLock.objects.filter(thread=thread).count() <= 1
    assert [one.message_id for one in running] in ([], [thread.leaf_id])
    assert ConversationActivity.objects.get(thread=thread).active_count == len(running)


def accepted(results: list[Any]) -> int:
    return sum(isinstance(result, Sent) for result in results)


def test_of_twenty_regenerates_at_once_one_is_accepted(chat: Conversation) -> None:
    results = at_once([partial(chat.ask_again, "a2")] * AT_ONCE)

    assert accepted(results) == 1
    assert sum(isinstance(result, WaitForAnswer) for result in results) == AT_ONCE - 1
    assert Message.objects.filter(role=Role.ASSISTANT).count() == 3
    assert_whole(chat)


def test_twenty_deliveries_of_one_regenerate_make_one_answer(chat: Conversation) -> None:
    results = at_once([partial(chat.ask_again, "a2", client_id=uuid.uuid4())] * AT_ONCE)

    assert len({result.generation.pk for result in results}) == 1
    assert Message.objects.filter(role=Role.ASSISTANT).count() == 3


def test_twenty_deliveries_of_one_edit_make_one_question(chat: Conversation) -> None:
    results = at_once([partial(chat.send_edit, "q2", "q2b", client_id=uuid.uuid4())] * AT_ONCE)

    assert len({result.generation.pk for result in results}) == 1
    assert Message.objects.filter(role=Role.USER).count() == 3


def test_of_an_edit_and_a_send_one_is_accepted(owner: User) -> None:
    order = Random(2)
    for _ in range(ROUNDS):
        chat = Conversation(owner)
        chat.say("q1", "a1")
        racers: list[Callable[[], Any]] = [
            partial(chat.send_edit, "q1", "edited"),
            partial(send, owner, "sent", thread_id=chat.id),
        ]
        order.shuffle(racers)

        results = at_once(racers)

        assert accepted(results) == 1, results
        assert sum(isinstance(result, WaitForAnswer) for result in results) == 1
        assert_whole(chat)
        new = Message.objects.filter(thread_id=chat.id, role=Role.USER).exclude(content="q1")
        assert new.count() == 1


def send_against_deletion(owner: User, order: Random) -> tuple[Conversation, list[Any]]:
    chat = Conversation(owner)
    chat.say("q1", "a1")
    chat.say("q2", "a2")
    racers: list[Callable[[], Any]] = [
        partial(chat.delete, "q2"),
        partial(send, owner, "sent", thread_id=chat.id),
    ]
    order.shuffle(racers)
    return chat, at_once(racers)


def test_a_send_against_a_deletion_never_follows_what_is_deleted(owner: User) -> None:
    order = Random(3)
    for _ in range(ROUNDS):
        chat, results = send_against_deletion(owner, order)

        assert accepted(results) == 1, results
        assert_whole(chat)
        was_first = any(isinstance(result, WaitForAnswer) for result in results)
        before = ["q1", "a1", "q2", "a2"] if was_first else ["q1", "a1"]
        assert chat.shown() == [*before, "sent", ""]


@contextmanager
def without_the_row_lock() -> Iterator[None]:
    """Threads are read as they are, and nobody waits for anybody."""

    def unlocked(user: User, thread_id: uuid.UUID) -> Thread:
        return Thread.objects.visible_to(user).get(pk=thread_id)

    with (
        patch.object(branches, "locked_thread", unlocked),
        patch("chat.asking.locked_thread", unlocked),
    ):
        yield


def test_control_without_the_row_lock_a_send_follows_what_is_deleted(owner: User) -> None:
    orphans = Message.objects.alive().filter(parent__deleted_at__isnull=False)
    with without_the_row_lock():
        for round_ in range(ROUNDS):
            send_against_deletion(owner, Random(round_))

    assert orphans.exists()


def test_all_at_once_leave_a_whole_tree(chat: Conversation) -> None:
    at = {message.content: message.pk for message in Message.objects.all()}
    order = Random(4)
    for _ in range(ROUNDS):
        for generation in Generation.objects.in_flight():
            finish(generation, f"answer {uuid.uuid4()}")
        key = {"user": chat.owner, "thread_id": chat.id}
        racers: list[Callable[[], Any]] = [
            partial(branches.regenerate, **key, message_id=at["a2"], client_id=uuid.uuid4()),
            partial(
                branches.edit,
                **key,
                message_id=at["q2"],
                text="edited",
                client_id=uuid.uuid4(),
            ),
            partial(branches.show, **key, message_id=at["q2"]),
            partial(branches.delete, **key, message_id=at["q2"]),
            partial(branches.restore, **key, message_id=at["q2"]),
            partial(send, chat.owner, "sent", thread_id=chat.id),
        ]
        order.shuffle(racers)

        results = at_once(racers)

        allowed = (Sent, int, WaitForAnswer, MessageGone)
        assert all(isinstance(result, allowed) for result in results), results
        assert accepted(results) == 1
        assert_whole(chat)


def test_a_sibling_shown_against_the_end_of_an_answer(owner: User) -> None:
    for _ in range(ROUNDS):
        chat = Conversation(owner)
        chat.say("q1", "a1")
        generation = chat.ask_again("a1").generation

        results = at_once([partial(finish, generation, "a1b"), partial(chat.show, "a1")])

        assert isinstance(results[0], Message), results
        assert isinstance(results[1], WaitForAnswer) or results[1] == ["q1", "a1"]
        assert Generation.objects.get(pk=generation.pk).state == State.COMPLETED
        assert_whole(chat)
