"""The parts of a long thread in both directions, and where it opens."""

import uuid

import pytest
from django.test import Client

from accounts.models import User
from chat import branches, services
from chat.models import Message, Thread
from chat.window import above, around, at_first_unread, below, newest, unread_of
from providers.models import AIModel
from tests.chat.conversation import Conversation
from tests.chat.cost import analyze, cost
from tests.factories import make_generation, make_long_thread, send, thread_of

pytestmark = [pytest.mark.django_db(transaction=True)]


def named(thread: Thread, number: int) -> uuid.UUID:
    return thread.messages.get(content=f"Message {number}").pk


def numbers(messages: object) -> list[int]:
    return [int(one.content.split()[-1]) for one in messages]  # type: ignore[attr-defined]


@pytest.fixture
def thread(owner: User, model: AIModel) -> Thread:
    return make_long_thread(owner, 200, model=model)


def test_a_thread_is_read_down_from_its_first_message(thread: Thread) -> None:
    seen, part = [0], below(thread, named(thread, 0))
    while part.more_below:
        seen += numbers(part.messages)
        part = below(thread, part.messages[-1].pk)
    seen += numbers(part.messages)

    assert seen == list(range(200))
    assert part.more_above


def test_below_a_fork_goes_the_path_that_is_shown(owner: User, thread: Thread) -> None:
    fork = Message.objects.create(
        thread=thread, parent_id=named(thread, 99), content="Message 1000", role="user"
    )
    Message.objects.create(thread=thread, parent=fork, content="Message 1001", role="assistant")

    part = below(thread, named(thread, 80))

    assert numbers(part.messages) == list(range(81, 131))
    assert part.more_below


@pytest.mark.parametrize(
    ("number", "first", "last"), [(0, 0, 24), (10, 0, 34), (100, 75, 124), (199, 174, 199)]
)
def test_around_a_message(thread: Thread, number: int, first: int, last: int) -> None:
    part = around(thread, named(thread, number))

    assert part
    assert numbers(part.messages) == list(range(first, last + 1))
    assert (part.more_above, part.more_below) == (first > 0, last < 199)


def test_what_is_not_on_the_path_has_no_place(owner: User, thread: Thread) -> None:
    other = make_long_thread(owner, 4)
    beside = Message.objects.create(thread=thread, parent_id=named(thread, 9), role="assistant")

    assert around(thread, named(other, 1)) is None
    assert around(thread, beside.pk) is None
    assert around(thread, uuid.uuid4()) is None
    assert not below(thread, named(other, 1)).messages
    assert not above(thread, named(other, 3)).messages


# --- What was seen ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seen", "first", "opens"), [(199, 199, 150), (180, 181, 150), (100, 101, 91), (0, 1, 0)]
)
def test_a_thread_opens_at_the_first_answer_that_was_not_seen(
    thread: Thread, seen: int, first: int, opens: int
) -> None:
    thread.unread, thread.seen_revision = True, seen

    part, unread = at_first_unread(thread)

    assert unread.first == named(thread, first)
    assert unread.count == len(range(first, 200, 2))
    assert numbers(part.messages)[0] == opens


def test_a_thread_that_was_read_or_whose_reading_is_not_known_opens_at_its_end(
    thread: Thread,
) -> None:
    for thread.unread, thread.seen_revision in ((False, 3), (True, None)):
        part, unread = at_first_unread(thread)
        assert unread.first is None
        assert numbers(part.messages) == list(range(150, 200))


def test_an_answer_that_came_after_what_was_seen_is_not_taken_for_seen(owner: User) -> None:
    chat = Conversation(owner)
    chat.say("q1", "a1")
    shown = chat.thread.revision
    chat.say("q2", "a2")

    services.mark_seen(user=owner, thread_id=chat.id, revision=shown)

    thread = chat.thread
    assert (thread.unread, thread.seen_revision) == (True, shown)
    assert unread_of(thread).first == chat.named("a2").pk
    services.mark_seen(user=owner, thread_id=chat.id, revision=shown - 1)  # late: nothing is unseen
    assert chat.thread.seen_revision == shown
    services.mark_seen(user=owner, thread_id=chat.id, revision=10**30)
    thread = chat.thread
    assert (thread.unread, thread.seen_revision) == (False, thread.revision)


def test_an_answer_that_is_being_written_is_not_new_yet(owner: User) -> None:
    chat = Conversation(owner)
    chat.say("q1", "a1")
    send(owner, "q2", thread_id=chat.id)
    thread = chat.thread
    thread.unread, thread.seen_revision = True, 0

    assert unread_of(thread).first == chat.named("a1").pk
    assert unread_of(thread).count == 1


# --- Over HTTP ----------------------------------------------------------------------------------


@pytest.fixture
def browser(client: Client, owner: User) -> Client:
    client.force_login(owner)
    return client


def test_a_page_gets_nothing_that_the_live_channel_is_about_to_bring(
    browser: Client, thread: Thread, owner: User
) -> None:
    send(owner, "Message 200", thread_id=thread.pk)
    query = {"after": named(thread, 180), "revision": thread.revision}

    html = browser.get(f"/chat/{thread.pk}/window/", query).text

    assert html.count("<article") == 19
    assert "data-gap" in html[:300]
    assert not html.rstrip().endswith("</div>")  # no gap below: the page has all that it knows of
    query["revision"] = thread_of(owner.generations.get(thread=thread, state="queued")).revision
    assert browser.get(f"/chat/{thread.pk}/window/", query).text.count("<article") == 21


def test_a_page_of_another_path_is_told_so(browser: Client, owner: User, thread: Thread) -> None:
    branches.delete(user=owner, thread_id=thread.pk, message_id=named(thread, 199))

    answer = browser.get(f"/chat/{thread.pk}/window/", {"revision": thread.revision})

    assert (answer.status_code, answer.json()["error"]) == (409, "changed")


def test_a_message_of_no_path_is_gone(browser: Client, thread: Thread) -> None:
    query = {"around": uuid.uuid4(), "revision": thread.revision}

    assert browser.get(f"/chat/{thread.pk}/window/", query).status_code == 404


def test_a_running_answer_comes_with_its_text_so_far(browser: Client, owner: User) -> None:
    thread = thread_of(make_generation(owner))

    html = browser.get(f"/chat/{thread.pk}/window/", {"revision": thread.revision}).text

    assert "data-stream" in html


def test_the_first_unread_of_ten_thousand_costs_no_more_than_of_a_thousand(
    browser: Client, owner: User, model: AIModel
) -> None:
    blocks = []
    for count in (1_000, 10_000):
        thread = make_long_thread(owner, count, model=model)
        Thread.objects.filter(pk=thread.pk).update(unread=True, seen_revision=count - 80)
        analyze()
        with cost() as found:
            assert "unread-line" in browser.get(f"/chat/{thread.pk}/").text
        assert found.queries <= 15
        blocks.append(found.blocks())

    assert blocks[1] <= blocks[0] * 1.5 + 50


def test_newest_of_an_empty_thread(owner: User) -> None:
    assert newest(Thread.objects.create(owner=owner)).messages == []
