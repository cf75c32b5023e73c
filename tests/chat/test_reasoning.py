"""Reasoning from the provider to the page: live, after a reload, and however the answer ends."""

import socket
import threading

import pytest

from accounts.models import User
from activity.models import Generation, State
from activity.streaming.markdown import render
from chat.generation import conversation_before
from chat.models import Message
from tests.factories import make_running, send
from tests.faults.upstream import Upstream
from tests.page import Page
from tests.providers.wire import DONE, delta, head
from tests.studio import Studio

pytestmark = [pytest.mark.stack]

THOUGHTS = ["Let me ", "*see*", ". Two and two."]


class Thinker:
    """Thinks, then waits until it may answer."""

    def __init__(self) -> None:
        self.may_answer = threading.Event()

    def __call__(self, connection: socket.socket) -> None:
        connection.sendall(head() + b"".join(delta(None, reasoning=text) for text in THOUGHTS))
        if self.may_answer.wait(20):
            connection.sendall(delta("Four.") + delta(None, "stop") + DONE)


def asked(live: Studio, owner: User) -> tuple[Page, str]:
    page = Page(live.url, owner).connect()
    sent = page.send("2 + 2?").json()
    page.open(sent["thread"])
    thoughts = f"{sent['message']}-thoughts"
    page.hear_until(
        lambda: (
            sent["message"] in page.texts
            and thoughts in page.texts
            and "Two and two" in page.texts[thoughts].html
        )
    )
    return page, sent["message"]


def test_reasoning_streams_is_saved_and_shown_again(live: Studio, owner: User) -> None:
    thinker = Thinker()
    with Upstream(thinker) as upstream:
        upstream.become_model_of(owner)
        page, message_id = asked(live, owner)
        html = render("".join(THOUGHTS))
        assert page.texts[f"{message_id}-thoughts"].html == html
        assert page.texts[message_id].html == ""
        reloaded = page.http.get(f"{live.url}/chat/{page.thread_id}/").text
        assert html.strip() in reloaded
        thinker.may_answer.set()
        page.hear_until(lambda: not page.busy)

    message = Message.objects.get(pk=message_id)
    assert (message.content, message.reasoning) == ("Four.", "".join(THOUGHTS))
    assert message.reasoning_html == html
    assert message.reasoning_seconds is not None
    assert html.strip() in page.contents[-1]


def test_a_stop_while_it_thinks_keeps_the_thoughts(live: Studio, owner: User) -> None:
    with Upstream(Thinker()) as upstream:
        upstream.become_model_of(owner)
        page, message_id = asked(live, owner)
        page.stop()
        page.hear_until(lambda: not page.busy)

    message = Message.objects.get(pk=message_id)
    assert Generation.objects.get().state == State.STOPPED
    assert (message.content, message.reasoning) == ("", "".join(THOUGHTS))


def test_a_second_page_joins_while_it_thinks(live: Studio, owner: User) -> None:
    thinker = Thinker()
    with Upstream(thinker) as upstream:
        upstream.become_model_of(owner)
        page, message_id = asked(live, owner)
        second = Page(live.url, owner).connect()
        assert page.thread_id is not None
        second.open(page.thread_id)
        thoughts = f"{message_id}-thoughts"
        second.hear_until(lambda: thoughts in second.texts)
        assert second.texts[thoughts].html == page.texts[thoughts].html
        thinker.may_answer.set()
        second.hear_until(lambda: not second.busy)


def test_models_are_not_told_what_they_thought(db: None, owner: User) -> None:
    first = make_running(owner, text="q1")
    message = Message.objects.get(pk=first.message_id)
    Message.objects.filter(pk=message.pk).update(
        content="a1", reasoning="secret", status="completed"
    )
    first.lock.delete()
    sent = send(owner, "q2", thread_id=first.thread_id)
    assert [one.text for one in conversation_before(sent.generation)] == ["q1", "a1", "q2"]
