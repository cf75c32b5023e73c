"""Places among siblings: right, and at a cost that does not grow with the thread."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from bench.rows import make_thread
from chat.models import Message, Role, Thread
from chat.path import path
from chat.tree import leaf_to_show, remember_leaf, with_siblings
from tests.chat.conversation import Conversation

pytestmark = pytest.mark.django_db

QUERIES = 13  # of a page, at any length


@pytest.fixture
def long_thread(owner: User) -> Thread:
    """Among others, whose messages are all first ones."""
    long = make_thread(owner, 10_000)
    others = [Thread(owner=owner, title=f"Other {n}") for n in range(200)]
    Thread.objects.bulk_create(others)
    Message.objects.bulk_create(
        Message(thread=thread, role=Role.USER, content="A word about clay.")
        for thread in others
        for _ in range(50)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return long


def test_siblings_are_counted_in_the_order_of_their_making(owner: User) -> None:
    chat = Conversation(owner)
    chat.say("q1", "a1")
    chat.again("a1", "a1b")
    chat.again("a1", "a1c")
    chat.show("a1b")

    first, second = with_siblings(chat.thread, path(chat.thread))

    assert (first.place, first.siblings) == (1, 1)
    assert (second.place, second.siblings) == (2, 3)
    assert second.previous_sibling == chat.named("a1").pk
    assert second.next_sibling == chat.named("a1c").pk


def test_deleted_siblings_do_not_count(owner: User) -> None:
    chat = Conversation(owner)
    chat.say("q1", "a1")
    chat.edit("q1", "q1b", "a1b")
    chat.delete("q1")

    first = with_siblings(chat.thread, path(chat.thread))[0]

    assert (first.place, first.siblings, first.previous_sibling) == (1, 1, None)


def test_first_messages_are_siblings_within_their_thread_only(owner: User) -> None:
    chat, other = Conversation(owner), Conversation(owner)
    chat.say("q1", "a1")
    other.say("other", "answer")

    assert with_siblings(chat.thread, path(chat.thread))[0].siblings == 1


def test_a_page_asks_for_all_its_siblings_at_once(long_thread: Thread) -> None:
    shown = path(long_thread)
    with CaptureQueriesContext(connection) as captured:
        with_siblings(long_thread, shown)

    assert len(shown) == 50
    assert len(captured) == 1
    assert plan_of(captured[0]["sql"]) == {"chat_message_siblings"}


def test_the_siblings_of_the_first_message_use_the_same_index(owner: User) -> None:
    thread = [make_thread(owner, 50) for _ in range(40)][-1]
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE chat_message")

    with CaptureQueriesContext(connection) as captured:
        with_siblings(thread, list(thread.messages.filter(parent=None)))

    assert plan_of(captured[0]["sql"]) == {"chat_message_siblings"}


def plan_of(sql: str) -> set[str]:
    """The indexes that the database uses; "" stands for a table that it reads whole."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {sql}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    whole = {""} if "Seq Scan" in plan else set()
    return whole | set(re.findall(r"Index (?:Only )?Scan (?:using|on) (\w+)", plan))


def test_a_page_of_a_long_thread_takes_few_queries(
    client: Client, owner: User, long_thread: Thread
) -> None:
    client.force_login(owner)
    paths = {
        "": 50,
        f"window/?revision=99999&before={long_thread.leaf_id}": 50,
        f"window/?revision=99999&around={long_thread.leaf_id}": 26,  # around the last one
    }
    for path_below, messages in paths.items():
        with CaptureQueriesContext(connection) as captured:
            answer = client.get(f"/chat/{long_thread.pk}/{path_below}")

        assert len(re.findall(r'id="message-[0-9a-f]{8}-', answer.text)) == messages
        assert len(captured) <= QUERIES


def test_a_fork_at_the_start_of_a_long_thread_is_left_and_found_again(
    owner: User, long_thread: Thread
) -> None:
    first = Message.objects.get(thread=long_thread, parent=None)
    assert leaf_to_show(first) == long_thread.leaf_id  # by walking down

    with CaptureQueriesContext(connection) as captured:
        remember_leaf(long_thread, None)
        first.refresh_from_db()
        assert leaf_to_show(first) == long_thread.leaf_id

    assert first.seen_leaf_id == long_thread.leaf_id
    assert len(captured) <= 3
