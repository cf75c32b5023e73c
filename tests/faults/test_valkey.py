"""Redis is memory and a messenger: it may forget everything, and it may be away."""

import os
import signal
import time
from collections.abc import Iterator

import pytest

from activity.models import Generation, State
from activity.redis import client
from tests.faults.conftest import HarmedStudio
from tests.faults.invariants import assert_invariants, ended_as, whole_answer
from tests.faults.services import kill_valkey, need_embedded, valkey_process
from tests.faults.tab import Tab
from tests.studio import wait_until

pytestmark = [pytest.mark.stack]


def test_a_flush_in_the_middle_is_made_good_by_the_worker(studio: HarmedStudio, tab: Tab) -> None:
    message_id = tab.ask(100)
    tab.hear_text(message_id, at_least=200)

    client().flushall()

    later = Tab(studio.url, tab.user).start(str(tab.thread_id))
    assert_invariants(tab, later)
    assert ended_as(message_id) == State.COMPLETED
    later.close()


def test_a_restart_in_the_middle_loses_nothing(studio: HarmedStudio, tab: Tab) -> None:
    need_embedded("valkey")
    message_id = tab.ask(200)
    tab.hear_text(message_id, at_least=200)

    kill_valkey()

    tab.hear_until(lambda: not tab.busy)
    assert_invariants(tab)
    assert ended_as(message_id) == State.COMPLETED
    assert_still_answers(tab)


@pytest.mark.parametrize("share", [0.0, 0.95], ids=["first", "last"])
def test_text_survives_in_postgres_when_worker_and_redis_are_lost(
    studio: HarmedStudio, tab: Tab, share: float
) -> None:
    message_id = tab.ask(150)
    whole = whole_answer("Write 150 words about clay").encode()
    tab.hear_text(message_id, at_least=int(share * len(whole)) or 1)

    studio.kill(studio.worker)
    killed = time.monotonic()
    client().flushall()
    studio.start_another_worker()

    assert_invariants(tab, since=killed)
    assert ended_as(message_id) == (State.INTERRUPTED if share else State.COMPLETED)


@pytest.fixture
def stopped_valkey() -> Iterator[int]:
    """It takes connections and says nothing, as a machine that hangs does."""
    need_embedded("valkey")
    process = valkey_process()
    try:
        yield process
    finally:
        os.kill(process, signal.SIGCONT)


def test_a_send_while_redis_hangs_is_kept_and_answered_later(
    studio: HarmedStudio, tab: Tab, stopped_valkey: int
) -> None:
    tab.http.get(f"{studio.url}/chat/", timeout=30)
    os.kill(stopped_valkey, signal.SIGSTOP)

    begun = time.monotonic()
    sent = tab.send("Write 20 words about clay", timeout=60)
    assert sent.status_code == 201
    assert time.monotonic() - begun < 10
    assert Generation.objects.get().state == State.QUEUED

    os.kill(stopped_valkey, signal.SIGCONT)
    tab.start(sent.json()["thread"])
    tab.hear_until(lambda: tab.revision > sent.json()["revision"])
    assert_invariants(tab)
    assert ended_as(sent.json()["message"]) == State.COMPLETED


def assert_still_answers(tab: Tab) -> None:
    """And soon: neither web nor worker waits for a resend."""
    begun = time.monotonic()
    message_id = tab.ask(5)
    tab.hear_until(lambda: not tab.busy and tab.length_of(message_id))
    assert_invariants(tab)
    assert time.monotonic() - begun < 5
    wait_until(lambda: ended_as(message_id) == State.COMPLETED)
