"""A queue over deaths: of workers, of Valkey, of the web server, at any moment. Each message that
waits is asked exactly once, and in order."""

import time
import uuid

import pytest
from django.db import transaction

from accounts.models import User
from activity import ledger
from activity.kinds import Outcome
from activity.models import Generation, State
from activity.redis import client
from chat.models import Message, Role, Thread
from chat.path import path
from chat.queue.models import Pause, QueuedMessage
from chat.queue.running import waiting_in
from tests.factories import make_queued, make_running
from tests.faults.conftest import HarmedStudio
from tests.faults.invariants import assert_invariants, assert_ledger_is_sound, ended_as
from tests.faults.services import kill_valkey, need_embedded
from tests.faults.tab import Tab
from tests.faults.test_delivery import deliver
from tests.studio import wait_until

pytestmark = [pytest.mark.stack]


@pytest.fixture
def owner(owner: User) -> User:
    owner.queue_mode = True
    owner.save()
    return owner


def line_up(tab: Tab, *words: int) -> None:
    """Queue questions for answers of so many words."""
    for count in words:
        sent = tab.send(f"Write {count} words about clay", timeout=30)
        assert sent.status_code == 202, sent.text


def asked(tab: Tab) -> list[int]:
    """The words of all questions so far, in their order."""
    thread = Thread.objects.get(pk=tab.thread_id)
    questions = [one for one in path(thread) if one.role == Role.USER]
    return [int(one.content.split()[1]) for one in questions]


def resume(tab: Tab) -> None:
    assert tab.post(f"/chat/{tab.thread_id}/queue/resume/").status_code == 200


def assert_all_were_asked(tab: Tab, *words: int) -> None:
    tab.hear_until(lambda: not QueuedMessage.objects.exists(), seconds=60)
    assert_invariants(tab)
    assert asked(tab) == list(words)
    assert Message.objects.count() == 2 * len(words)


def test_a_queue_runs_out_by_itself(studio: HarmedStudio, tab: Tab) -> None:
    tab.ask(30)
    line_up(tab, 5, 6, 7)

    assert_all_were_asked(tab, 30, 5, 6, 7)
    assert set(Generation.objects.values_list("state", flat=True)) == {State.COMPLETED}


def test_two_workers_and_five_deliveries_ask_each_once(studio: HarmedStudio, tab: Tab) -> None:
    studio.start_another_worker()
    tab.ask(20)
    line_up(tab, 5, 6, 7, 8)
    while QueuedMessage.objects.exists():
        for generation in Generation.objects.in_flight():
            for _ in range(4):
                deliver(studio, generation)
        tab.hear(0.1)

    assert_all_were_asked(tab, 20, 5, 6, 7, 8)
    assert set(Generation.objects.values_list("attempt", flat=True)) == {1}


def test_a_killed_worker_pauses_the_queue_which_then_goes_on(
    studio: HarmedStudio, tab: Tab
) -> None:
    message_id = tab.ask(200)
    line_up(tab, 5, 6)
    tab.hear_text(message_id, at_least=100)

    studio.kill(studio.worker)
    killed = time.monotonic()
    studio.start_another_worker()

    assert_invariants(tab, since=killed)
    assert ended_as(message_id) == State.INTERRUPTED
    assert waiting_in(Thread.objects.get()).count() == 2
    assert Thread.objects.get().queue_pause == Pause.FAILED
    resume(tab)
    assert_all_were_asked(tab, 200, 5, 6)


def test_a_worker_killed_between_two_messages_loses_neither(studio: HarmedStudio, tab: Tab) -> None:
    """It ended one answer, which started the next message, and died before it could send it or
    anybody could take it; what Valkey had of that is lost as well."""
    tab.ask(40)
    line_up(tab, 5, 6)
    tab.hear_until(lambda: waiting_in(Thread.objects.get()).count() == 1)

    studio.kill(studio.worker)
    client().flushall()
    assert_ledger_is_sound()
    studio.start_another_worker()

    tab.hear_until(lambda: not Generation.objects.in_flight().exists(), seconds=60)
    if QueuedMessage.objects.exists():  # it had begun to write, so that answer was interrupted
        resume(tab)
    assert_all_were_asked(tab, 40, 5, 6)


def test_a_start_that_was_never_sent_is_found(studio: HarmedStudio, tab: Tab) -> None:
    """The worker died after its commit, before it told the broker: the row is the outbox."""
    studio.kill(studio.worker)
    tab.ask(20)
    line_up(tab, 5)
    running = ledger.claim(Generation.objects.get().pk, worker="dead")
    assert running is not None
    assert ledger.finish(
        running.pk, epoch=running.epoch, outcome=Outcome(State.FAILED, error_code="timeout")
    )
    resume(tab)
    client().flushall()
    assert Generation.objects.in_flight().get().state == State.QUEUED

    studio.start_another_worker()

    tab.hear_until(lambda: not Generation.objects.in_flight().exists(), seconds=60)
    assert asked(tab) == [20, 5]
    assert_ledger_is_sound()


@pytest.mark.django_db(transaction=True)
def test_an_end_that_is_not_committed_starts_nothing(owner: User) -> None:
    """A worker killed inside the transaction that ends an answer and starts the next message."""
    running = make_running(owner)
    queued = make_queued(running)
    outcome = Outcome(State.COMPLETED, text="answer")

    @transaction.atomic
    def end_and_die() -> None:
        ledger._end(Generation.objects.select_for_update().get(pk=running.pk), outcome)
        assert not QueuedMessage.objects.exists()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        end_and_die()

    assert Generation.objects.get().state == State.RUNNING
    assert QueuedMessage.objects.get() == queued
    assert_ledger_is_sound()
    assert ledger.finish(running.pk, epoch=running.epoch, outcome=outcome)
    assert not ledger.finish(running.pk, epoch=running.epoch, outcome=outcome)
    assert Message.objects.filter(role=Role.USER).count() == 2
    assert_ledger_is_sound()


def test_a_restarted_valkey_loses_no_place(studio: HarmedStudio, tab: Tab) -> None:
    need_embedded("valkey")
    message_id = tab.ask(60)
    line_up(tab, 5, 6)
    tab.hear_text(message_id, at_least=50)

    kill_valkey()

    assert_all_were_asked(tab, 60, 5, 6)


def test_a_killed_web_server_stops_no_queue(studio: HarmedStudio, tab: Tab) -> None:
    tab.ask(40)
    line_up(tab, 5, 6)

    studio.kill("web")
    wait_until(lambda: not QueuedMessage.objects.exists(), seconds=60)
    studio.start_web()

    assert_all_were_asked(tab, 40, 5, 6)


def test_stop_leaves_the_queue_at_rest(studio: HarmedStudio, tab: Tab) -> None:
    message_id = tab.ask(200)
    line_up(tab, 5)
    tab.hear_text(message_id)

    assert tab.stop().status_code == 204

    assert_invariants(tab)
    assert ended_as(message_id) == State.STOPPED
    assert QueuedMessage.objects.count() == 1
    resume(tab)
    assert_all_were_asked(tab, 200, 5)


def test_a_send_repeated_after_its_turn_is_the_same_message(studio: HarmedStudio, tab: Tab) -> None:
    tab.ask(20)
    key = str(uuid.uuid4())
    words = "Write 5 words about clay"
    assert tab.send(words, client_id=key).status_code == 202
    assert tab.send(words, client_id=key).status_code == 200
    tab.hear_until(lambda: not QueuedMessage.objects.exists())

    assert tab.send(words, client_id=key).status_code == 200

    assert_all_were_asked(tab, 20, 5)
