"""Races on a real database. Each rule also has a control that breaks the mechanism behind it
and must then see the rule broken: a race test that cannot fail proves nothing."""

import uuid
from collections import Counter
from collections.abc import Iterator
from functools import partial
from random import Random

import pytest
from django.db import connection

from accounts.models import User
from activity import ledger
from activity.kinds import Outcome
from activity.models import ConversationActivity, Generation, GenerationLock, State, TextChunk
from activity.services import stop
from activity.sweeping import sweep
from chat.models import Message, Role, Thread
from chat.refusals import WaitForAnswer
from chat.services import Sent
from tests.factories import make_generation, make_running, send
from tests.races.race import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

SENDS = 20
ROUNDS = 300


def sends_at_once(owner: User, thread_id: uuid.UUID) -> list[object]:
    return at_once(
        [partial(send, owner, f"Message {n}", thread_id=thread_id) for n in range(SENDS)]
    )


def accepted(results: list[object]) -> int:
    return sum(isinstance(result, Sent) for result in results)


def test_of_twenty_sends_at_once_one_is_accepted(owner: User) -> None:
    thread_id = Thread.objects.create(owner=owner).pk

    results = sends_at_once(owner, thread_id)

    assert accepted(results) == 1
    assert sum(isinstance(result, WaitForAnswer) for result in results) == SENDS - 1
    assert Message.objects.filter(role=Role.USER).count() == 1
    assert ConversationActivity.objects.get().active_count == 1


def test_of_twenty_sends_that_make_the_thread_one_is_accepted(owner: User) -> None:
    assert accepted(sends_at_once(owner, uuid.uuid4())) == 1
    assert Thread.objects.count() == 1


@pytest.fixture
def without_the_lock(transactional_db: None) -> Iterator[None]:
    table = GenerationLock._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE conrelid = %s::regclass AND contype = 'u' "
            "AND pg_get_constraintdef(oid) LIKE '%%(thread_id)%%'",
            [table],
        )
        name, definition = cursor.fetchone()
        cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    yield
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table}")
        cursor.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')


@pytest.mark.usefixtures("without_the_lock")
def test_control_without_the_lock_more_than_one_send_is_accepted(owner: User) -> None:
    thread_id = Thread.objects.create(owner=owner).pk

    assert accepted(sends_at_once(owner, thread_id)) > 1


def test_twenty_deliveries_of_one_send_make_one_message(owner: User) -> None:
    ids = {"thread_id": uuid.uuid4(), "client_id": uuid.uuid4()}

    results = at_once([partial(send, owner, "Once", **ids)] * SENDS)

    assert {result.generation.pk for result in results} == {Generation.objects.get().pk}
    assert Message.objects.filter(role=Role.USER).count() == 1


def test_a_generation_delivered_five_times_is_claimed_once(owner: User) -> None:
    for _ in range(20):
        generation = make_generation(owner)
        claims = at_once([partial(ledger.claim, generation.pk, worker="w")] * 5)
        assert sum(claim is not None for claim in claims) == 1


def test_stop_against_finish_has_exactly_one_winner_each_time(owner: User) -> None:
    order = Random(1)
    wins: Counter[str] = Counter()
    for _ in range(ROUNDS):
        running = make_running(owner)
        racers = [
            partial(stop, generation=running),
            partial(
                ledger.finish,
                running.pk,
                epoch=running.epoch,
                outcome=Outcome(State.COMPLETED, text="all", html="<p>all</p>"),
            ),
        ]
        order.shuffle(racers)
        assert sorted(at_once(racers)) == [False, True]
        wins[Generation.objects.get(pk=running.pk).state] += 1

    assert sum(wins.values()) == ROUNDS
    assert not GenerationLock.objects.exists()
    assert not ConversationActivity.objects.exclude(active_count=0, is_generating=False).exists()


def test_sweeps_at_once_end_a_lost_generation_once(owner: User) -> None:
    lost = [make_running(owner) for _ in range(10)]
    for running in lost:
        ledger.save_chunks([(running.pk, running.epoch, 0, "text")])
    Generation.objects.update(lease_until="2000-01-01T00:00:00Z")

    ended = at_once([sweep] * 5)

    assert sum(ended) == len(lost)
    assert set(ConversationActivity.objects.values_list("active_count", flat=True)) == {0}


def test_a_chunk_never_outlives_its_generation(owner: User) -> None:
    for _ in range(50):
        running = make_running(owner)
        at_once(
            [
                partial(stop, generation=running),
                partial(ledger.save_chunks, [(running.pk, running.epoch, 0, "text")]),
            ]
        )
    assert not TextChunk.objects.exists()
