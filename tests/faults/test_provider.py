"""Providers that refuse, hang, or hang up: the answer says so and the thread is free again."""

import socket
import threading

import pytest

from activity.models import Generation, State
from tests.faults.conftest import HarmedStudio
from tests.faults.invariants import assert_invariants, ended_as
from tests.faults.tab import Tab
from tests.faults.upstream import Upstream, stream
from tests.providers.wire import DONE, delta, head

pytestmark = [pytest.mark.stack]

SENT = "One two three"


def error_500(connection: socket.socket) -> None:
    connection.sendall(head("500 Internal Server Error", "application/json") + b"{}")


def error_429(connection: socket.socket) -> None:
    too_long = head("429 Too Many Requests", "application/json", Retry_After="3600")
    connection.sendall(too_long + b"{}")


def cut(connection: socket.socket) -> None:
    stream(connection, "One ", "two ", "three")
    connection.shutdown(socket.SHUT_RDWR)


def garbage(connection: socket.socket) -> None:
    stream(connection, "One ", "two ", "three")
    connection.sendall(b"data: {not json\n\n")


def until_hung_up(connection: socket.socket) -> None:
    connection.settimeout(20)
    while connection.recv(65536):
        pass


def silent(connection: socket.socket) -> None:
    until_hung_up(connection)


def half(connection: socket.socket) -> None:
    stream(connection, "One ", "two ", "three")
    until_hung_up(connection)


@pytest.mark.parametrize(
    ("script", "code", "text"),
    [
        (error_500, "unavailable", ""),
        (error_429, "rate_limited", ""),
        (silent, "timeout", ""),
        (half, "timeout", SENT),
        (cut, "stream_cut", SENT),
        (garbage, "malformed", SENT),
    ],
)
def test_a_broken_provider_is_told_and_frees_the_thread(
    studio: HarmedStudio, tab: Tab, script: object, code: str, text: str
) -> None:
    with Upstream(script) as upstream:  # type: ignore[arg-type]
        upstream.become_model_of(tab.user)
        message_id = tab.ask(9)
        assert_invariants(tab, sent=SENT)

    generation = Generation.objects.get()
    assert generation.message is not None
    assert (ended_as(message_id), generation.error_code) == (State.FAILED, code)
    assert generation.message.content == text
    assert "data-retry" in tab.articles[f"message-{message_id}"]


def test_a_page_that_does_not_read_gets_little_and_then_everything(
    studio: HarmedStudio, tab: Tab
) -> None:
    lines = [f"**a** `{number}`\n\n" for number in range(12_000)]
    sent = "".join(lines)
    all_written, may_end = threading.Event(), threading.Event()

    def fast(connection: socket.socket) -> None:
        connection.sendall(head())
        for start in range(0, len(lines), 100):
            connection.sendall(delta("".join(lines[start : start + 100])))
            may_end.wait(0.02)
        all_written.set()
        while not may_end.wait(0.3):
            connection.sendall(b": still here\n\n")
        connection.sendall(delta(None, "stop") + DONE)

    tab.acknowledges = False
    with Upstream(fast) as upstream:
        upstream.become_model_of(tab.user)
        message_id = tab.ask(9)
        tab.hear_until(all_written.is_set)
        quiet = 0
        while quiet < 5:
            quiet = 0 if tab.hear() else quiet + 1
        assert tab.text_bytes < 300_000
        assert tab.length_of(message_id) < len(sent)

        tab.acknowledges = True
        tab.hear_text(message_id, at_least=len(sent))
        assert len(tab.texts[message_id].html) > 400_000
        may_end.set()
        tab.hear_until(lambda: not tab.busy)
        assert_invariants(tab, sent=sent)
    assert ended_as(message_id) == State.COMPLETED
