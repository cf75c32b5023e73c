"""The way between web server and page breaks; pages come back by themselves."""

import socket

import pytest

from activity.models import State
from activity.redis import client
from tests.faults.conftest import HarmedStudio
from tests.faults.invariants import assert_invariants, ended_as
from tests.faults.tab import Tab

pytestmark = [pytest.mark.stack]


def test_pages_come_back_to_a_web_server_that_was_killed(studio: HarmedStudio, tab: Tab) -> None:
    message_id = tab.ask(900)
    tab.hear_text(message_id, at_least=200)

    studio.kill("web")
    studio.start_web()

    tab.hear_text(message_id, at_least=tab.length_of(message_id) + 100)
    assert tab.busy
    assert_invariants(tab)
    assert ended_as(message_id) == State.COMPLETED


def test_a_cut_socket_misses_nothing(studio: HarmedStudio, tab: Tab) -> None:
    message_id = tab.ask(120)
    for length in (100, 300, 500):
        tab.hear_text(message_id, at_least=length)
        assert tab.socket is not None
        tab.socket.socket.shutdown(socket.SHUT_RDWR)

    assert_invariants(tab)
    assert ended_as(message_id) == State.COMPLETED


def test_a_hub_whose_connection_was_cut_reads_everything_anew(
    studio: HarmedStudio, tab: Tab
) -> None:
    message_id = tab.ask(120)
    for length in (100, 300, 500):
        tab.hear_text(message_id, at_least=length)
        client().execute_command("CLIENT", "KILL", "TYPE", "pubsub")

    assert_invariants(tab)
    assert ended_as(message_id) == State.COMPLETED


def test_two_pages_are_in_step(studio: HarmedStudio, tab: Tab) -> None:
    """The second comes in the middle, leaves, and comes back."""
    message_id = tab.ask(120)
    tab.hear_text(message_id, at_least=150)
    second = Tab(studio.url, tab.user).start(str(tab.thread_id))
    second.hear_text(message_id, at_least=tab.length_of(message_id))
    second.say({"type": "close"})
    tab.hear_text(message_id, at_least=400)
    second.open(tab.thread_id)  # type: ignore[arg-type]

    assert_invariants(tab, second)
    assert ended_as(message_id) == State.COMPLETED
    assert second.texts[message_id].html == tab.texts[message_id].html
    second.close()
