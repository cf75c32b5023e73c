"""Celery delivers perhaps twice, perhaps never: the queued row is what counts."""

import pytest
from celery import Celery

from activity.models import Generation, State
from activity.redis import client
from tests.faults.conftest import HarmedStudio
from tests.faults.invariants import assert_invariants, ended_as
from tests.faults.tab import Tab

pytestmark = [pytest.mark.stack]


def deliver(studio: HarmedStudio, generation: Generation) -> None:
    prefix = studio.environment["ATELIER_QUEUE_PREFIX"]
    broker = studio.environment["REDIS_URL"].replace("unix://", "redis+socket://", 1)
    with Celery(broker=broker, set_as_current=False) as app:
        app.conf.broker_transport_options = {"global_keyprefix": prefix}
        arguments = (str(generation.pk),)
        app.send_task("activity.tasks.run_generation", arguments, queue="generate")


def test_five_deliveries_are_one_answer(studio: HarmedStudio, tab: Tab) -> None:
    message_id = tab.ask(60)
    generation = Generation.objects.get()
    for _ in range(2):
        deliver(studio, generation)
    tab.hear_text(message_id)
    for _ in range(2):
        deliver(studio, generation)

    assert_invariants(tab)
    assert ended_as(message_id) == State.COMPLETED
    assert Generation.objects.get().attempt == 1
    deliver(studio, generation)
    assert_invariants(tab)


@pytest.mark.parametrize("lost", [False, True], ids=["kept", "lost"])
def test_what_was_queued_without_a_worker_is_answered_by_the_next(
    studio: HarmedStudio, tab: Tab, lost: bool
) -> None:
    studio.kill(studio.worker)
    message_id = tab.ask(20)
    if lost:
        client().flushall()
    assert Generation.objects.get().state == State.QUEUED

    studio.start_another_worker()

    assert_invariants(tab)
    assert ended_as(message_id) == State.COMPLETED
