"""Workers that die, sleep, or are told to go."""

import os
import signal
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from accounts.models import User
from activity import ledger
from activity.models import Generation, State
from chat.models import Message
from tests.faults.conftest import LEASE, HarmedStudio
from tests.faults.invariants import (
    ENDS_WITHIN,
    assert_invariants,
    assert_ledger_is_sound,
    ended_as,
    whole_answer,
)
from tests.faults.tab import Tab
from tests.studio import Studio

pytestmark = [pytest.mark.stack]


@pytest.mark.parametrize("share", [0.0, 0.5, 0.95], ids=["first", "middle", "last"])
def test_a_killed_worker_leaves_the_text_so_far(
    studio: HarmedStudio, tab: Tab, share: float
) -> None:
    message_id = tab.ask(80)
    whole = whole_answer("Write 80 words about clay").encode()
    tab.hear_text(message_id, at_least=int(share * len(whole)) or 1)

    studio.kill(studio.worker)
    killed = time.monotonic()
    studio.start_another_worker()

    assert_invariants(tab, since=killed)
    assert ended_as(message_id) == State.INTERRUPTED
    assert text_of(message_id)


def test_a_lone_page_load_frees_the_thread_of_a_dead_worker(studio: HarmedStudio, tab: Tab) -> None:
    """Nobody else is there to sweep."""
    message_id = tab.ask(100)
    tab.hear_text(message_id)
    studio.kill(studio.worker)
    Generation.objects.update(lease_until=timezone.now() - timedelta(seconds=1))

    tab.load()

    assert_invariants(tab)
    assert ended_as(message_id) == State.INTERRUPTED


def test_a_worker_killed_before_its_first_word_is_replaced(studio: HarmedStudio, tab: Tab) -> None:
    asleep = studio.worker
    studio.signal(asleep, signal.SIGSTOP)
    message_id = tab.ask(20)
    studio.kill(asleep)
    dead = ledger.claim(Generation.objects.get().pk, worker="dead")  # what it did last
    assert dead is not None
    Generation.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    studio.start_another_worker()

    assert_invariants(tab)
    assert ended_as(message_id) == State.COMPLETED
    assert Generation.objects.get().attempt == 2


def test_a_worker_that_slept_past_its_lease_changes_nothing(studio: HarmedStudio, tab: Tab) -> None:
    asleep = studio.worker
    message_id = tab.ask(200)
    tab.hear_text(message_id, at_least=200)
    studio.signal(asleep, signal.SIGSTOP)
    stopped = time.monotonic()
    studio.start_another_worker()
    assert_invariants(tab, since=stopped)
    saved, frames = text_of(message_id), len(tab.shown)

    studio.signal(asleep, signal.SIGCONT)
    next_id = tab.ask(60)  # its text comes from either worker, and none of the old one's

    tab.hear_until(lambda: tab.length_of(next_id) and not tab.busy)
    assert_invariants(tab)
    assert (ended_as(message_id), text_of(message_id)) == (State.INTERRUPTED, saved)
    assert {shown.element for shown in tab.shown[frames:]} <= elements_of(next_id)
    assert ended_as(next_id) == State.COMPLETED


def test_stop_is_shown_at_once_while_the_worker_sleeps(studio: HarmedStudio, tab: Tab) -> None:
    message_id = tab.ask(200)
    tab.hear_text(message_id, at_least=200)
    studio.signal(studio.worker, signal.SIGSTOP)

    begun = time.monotonic()
    assert tab.stop().status_code == 204
    tab.hear_until(lambda: not tab.busy)
    assert time.monotonic() - begun < 1
    saved, frames = text_of(message_id), len(tab.shown)
    assert len(saved.encode()) >= 200
    assert_invariants(tab)

    studio.signal(studio.worker, signal.SIGCONT)
    next_id = tab.ask(20)
    tab.hear_until(lambda: tab.length_of(next_id) and not tab.busy)
    assert_invariants(tab)
    assert (ended_as(message_id), text_of(message_id)) == (State.STOPPED, saved)
    assert {shown.element for shown in tab.shown[frames:]} <= elements_of(next_id)


def test_a_worker_told_to_go_keeps_the_text_and_goes(studio: HarmedStudio, tab: Tab) -> None:
    message_id = tab.ask(400)
    tab.hear_text(message_id, at_least=200)
    leaving = studio.processes[studio.worker]

    leaving.terminate()

    assert_invariants(tab)
    assert ended_as(message_id) == State.INTERRUPTED
    assert leaving.wait(10) == 0
    # All that the page saw is kept: the worker had time to say goodbye.
    assert len(text_of(message_id).encode()) == tab.length_of(message_id)


def test_a_short_answer_is_finished_within_the_drain(studio: HarmedStudio, tab: Tab) -> None:
    message_id = tab.ask(40)
    tab.hear_text(message_id)

    leaving = studio.processes[studio.worker]
    leaving.terminate()

    assert_invariants(tab)
    assert ended_as(message_id) == State.COMPLETED
    assert leaving.wait(10) == 0


@pytest.fixture
def ordinary_studio(
    studio: HarmedStudio, service_urls: dict[str, str], tmp_path: Path
) -> Iterator[Studio]:
    """A worker with the lease that people have."""
    os.kill(studio.processes[studio.worker].pid, signal.SIGSTOP)
    ordinary = Studio(tmp_path, service_urls)
    ordinary.environment["ATELIER_QUEUE_PREFIX"] = studio.environment["ATELIER_QUEUE_PREFIX"]
    try:
        ordinary.start_worker()
        yield ordinary
    finally:
        ordinary.stop()
        studio.signal(studio.worker, signal.SIGCONT)


def test_with_the_default_lease_it_takes_less_than_30_seconds(
    studio: HarmedStudio, ordinary_studio: Studio, owner: User, tab: Tab
) -> None:
    message_id = tab.ask(100)
    tab.hear_text(message_id)
    assert Generation.objects.get().worker.endswith(f":{ordinary_studio.processes['generate'].pid}")

    ordinary_studio.kill("generate")
    killed = time.monotonic()
    ordinary_studio.start_worker("heir")

    assert_ledger_is_sound()
    assert_invariants(tab, since=killed)
    assert LEASE < time.monotonic() - killed < ENDS_WITHIN
    assert ended_as(message_id) == State.INTERRUPTED


def text_of(message_id: str) -> str:
    return Message.objects.get(pk=message_id).content


def elements_of(message_id: str) -> set[str]:
    """Where an answer shows: its text, and the thoughts before it."""
    return {message_id, f"{message_id}-thoughts"}
