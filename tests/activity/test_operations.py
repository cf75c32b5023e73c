"""What operators see and do: readiness, metrics, heartbeats, the admin's actions."""

import time
import uuid
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.messages import get_messages
from django.core.management import call_command
from django.db import DatabaseError, InterfaceError
from django.test import Client
from django.urls import reverse
from psycopg_pool import PoolTimeout
from redis.exceptions import ConnectionError as RedisConnectionError

from accounts.models import User
from activity import counts, heartbeat, ledger, views, worker, workers
from activity.models import (
    ConversationActivity,
    Counter,
    Generation,
    GenerationLock,
    RefusedSend,
    State,
)
from activity.redis import client as redis_client
from activity.worker import Job
from chat.models import Message, Status
from tests.factories import make_generation, make_running

pytestmark = pytest.mark.django_db


class FakeWorker:
    """A worker without its loop: what the heartbeat needs of one."""

    def __init__(self) -> None:
        self.name = f"test:{uuid.uuid4()}"
        self.jobs: dict[uuid.UUID, Job] = {}
        self.told: list[tuple[list[Any], float]] = []

    def held(self) -> list[tuple[uuid.UUID, int]]:
        return [(pk, job.epoch) for pk, job in self.jobs.items()]

    def renewed(self, lost: list[Any], *, asked_at: float) -> None:
        self.told.append((list(lost), asked_at))


@pytest.fixture(autouse=True)
def no_workers() -> None:
    for key in redis_client().scan_iter(match="worker:*"):
        redis_client().delete(key)


@pytest.fixture
def fake_worker(monkeypatch: pytest.MonkeyPatch) -> FakeWorker:
    fake = FakeWorker()
    monkeypatch.setattr(heartbeat, "current_worker", lambda: fake)
    # Inside a test's transaction the connection must stay.
    monkeypatch.setattr(heartbeat.connection, "close", lambda: None)
    return fake


# --- Alive and ready ----------------------------------------------------------------------------


def test_healthz_needs_nothing(client: Client, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        response = client.get("/healthz")

    assert (response.status_code, response.content) == (200, b"ok")


def test_readyz_says_what_is_away(client: Client) -> None:
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json() == {"database": True, "redis": True, "workers": False}

    workers.mark_alive("test", 0)

    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {"database": True, "redis": True, "workers": True}


@pytest.mark.parametrize("error", [DatabaseError, InterfaceError, PoolTimeout])
def test_readyz_answers_while_the_database_is_away(
    client: Client, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    class Away:
        def cursor(self) -> Any:
            raise error("away")

    monkeypatch.setattr(views, "connection", Away())

    response = client.get("/readyz")

    assert (response.status_code, response.json()["database"]) == (503, False)


def test_readyz_answers_while_redis_is_away(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> Any:
        raise RedisConnectionError("away")

    monkeypatch.setattr(views, "client", away)
    monkeypatch.setattr(workers, "client", away)

    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json() == {"database": True, "redis": False, "workers": False}


# --- Metrics ------------------------------------------------------------------------------------


def metrics(settings: Any) -> dict[str, float]:
    settings.METRICS_TOKEN = "token"
    response = Client().get("/metrics", headers={"Authorization": "Bearer token"})
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/plain")
    lines = [line for line in response.content.decode().splitlines() if line[0] != "#"]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def test_metrics_count_the_whole_installation(owner: User, staff: User, settings: Any) -> None:
    make_generation(owner)
    make_running(owner)
    make_running(staff)
    for user in (owner, owner, staff):
        counts.count_refused_send(user_id=user.pk, reason="busy")
    counts.count("generations_swept", 2)
    workers.mark_alive("one", 3)
    workers.mark_alive("two", 0)

    found = metrics(settings)

    assert found['atelier_generations_in_flight{state="queued"}'] == 1
    assert found['atelier_generations_in_flight{state="running"}'] == 2
    assert found['atelier_refused_sends_total{reason="busy"}'] == 3
    assert found["atelier_generations_swept_total"] == 2
    assert found["atelier_generate_workers"] == 2


def test_metrics_cost_the_same_at_any_size(
    owner: User, settings: Any, django_assert_max_num_queries: Any
) -> None:
    for _ in range(5):
        make_generation(owner)

    with django_assert_max_num_queries(4):
        metrics(settings)


# --- Counts -------------------------------------------------------------------------------------


def test_a_counter_adds_up_and_starts_at_nothing() -> None:
    assert counts.counter("x") == 0
    counts.count("x")
    counts.count("x", 4)

    assert counts.counter("x") == 5
    assert Counter.objects.count() == 1


def test_refusals_are_counted_by_person_and_reason(owner: User, stranger: User) -> None:
    for user, reason in ((owner, "busy"), (owner, "busy"), (owner, "x"), (stranger, "busy")):
        counts.count_refused_send(user_id=user.pk, reason=reason)

    found = RefusedSend.objects.values_list("user__email", "reason", "count")
    assert sorted(found) == [
        ("owner@example.com", "busy", 2),
        ("owner@example.com", "x", 1),
        ("stranger@example.com", "busy", 1),
    ]


def test_activity_counts_up_and_down_and_shows_it(owner: User) -> None:
    generation = make_generation(owner)
    row = ConversationActivity.objects.get()
    assert (row.active_count, row.is_generating) == (1, True)
    assert generation.thread_id is not None

    for by, expected in ((1, 2), (-1, 1), (-1, 0), (-1, 0), (2, 2)):
        counts.change_activity(generation.conversation, user_id=owner.pk, by=by)
        row.refresh_from_db()
        assert (row.active_count, row.is_generating) == (expected, expected > 0)


def test_the_commands_tell_what_they_did(owner: User, capsys: pytest.CaptureFixture[str]) -> None:
    make_running(owner)
    Generation.objects.update(lease_until="2000-01-01T00:00:00Z", attempt=9)
    ConversationActivity.objects.update(active_count=7)

    call_command("reconcile_activity")
    call_command("sweep_generations")

    said = capsys.readouterr().out
    assert "1" in said
    assert Generation.objects.get().state == State.INTERRUPTED
    assert ConversationActivity.objects.get().active_count == 0


# --- Heartbeat ----------------------------------------------------------------------------------


def test_a_beat_renews_leases_and_tells_of_lost_ones(owner: User, fake_worker: FakeWorker) -> None:
    kept, lost = make_running(owner), make_running(owner)
    Generation.objects.update(lease_until="2000-01-01T00:00:00Z")
    for running in (kept, lost):
        fake_worker.jobs[running.pk] = Job(running.epoch)
    ledger.end_from_outside(lost.pk, state=State.STOPPED)
    before = time.monotonic()

    heartbeat.beat()

    ((told, asked_at),) = fake_worker.told
    assert told == [(lost.pk, lost.epoch)]
    assert before <= asked_at <= time.monotonic()
    row = Generation.objects.get(pk=kept.pk)
    assert row.lease_until is not None
    assert row.lease_until.year > 2000
    assert workers.generate_workers() == 1
    assert int(redis_client().get(f"worker:{fake_worker.name}")) == 2


def test_an_idle_worker_beats_too(fake_worker: FakeWorker) -> None:
    heartbeat.beat()

    assert [lost for lost, _ in fake_worker.told] == [[]]
    assert workers.generate_workers() == 1


@pytest.mark.parametrize("error", [DatabaseError, InterfaceError, PoolTimeout])
def test_a_beat_without_a_database_renews_nothing_and_goes_on(
    owner: User,
    fake_worker: FakeWorker,
    monkeypatch: pytest.MonkeyPatch,
    error: type[Exception],
) -> None:
    running = make_running(owner)
    fake_worker.jobs[running.pk] = Job(running.epoch)

    def away(held: Any) -> Any:
        raise error("away")

    monkeypatch.setattr(ledger, "renew", away)

    heartbeat.beat()

    assert fake_worker.told == []


def test_a_beat_without_redis_still_renews(
    owner: User, fake_worker: FakeWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> Any:
        raise RedisConnectionError("away")

    monkeypatch.setattr(workers, "client", away)
    running = make_running(owner)
    fake_worker.jobs[running.pk] = Job(running.epoch)

    heartbeat.beat()

    assert len(fake_worker.told) == 1


def test_an_action_is_repeated_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[int] = []
    worker.every(0.001, lambda: done.append(1), name="test")

    for _ in range(500):
        if len(done) > 3:
            break
        time.sleep(0.01)
    assert len(done) > 3


# --- The admin ----------------------------------------------------------------------------------


def act(staff: User, model: type, action: str, *rows: Any) -> str:
    """Run an action of the admin's list; returns what it says."""
    browser = Client()
    browser.force_login(staff)
    url = reverse(f"admin:activity_{model.__name__.lower()}_changelist")
    fields = {"action": action, "_selected_action": [row.pk for row in rows]}
    response = browser.post(url, fields)
    assert response.status_code == 302
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def test_staff_stop_generations(owner: User, staff: User) -> None:
    running, ended = make_running(owner), make_running(owner)
    ledger.end_from_outside(ended.pk, state=State.STOPPED)

    said = act(staff, Generation, "stop_selected", running, ended)

    assert said == "1 of 2 generations ended."
    assert Message.objects.get(pk=running.message_id).status == Status.STOPPED
    assert not GenerationLock.objects.exists()


def test_staff_release_locks(owner: User, staff: User) -> None:
    running = make_running(owner)

    said = act(staff, GenerationLock, "release_selected", GenerationLock.objects.get())

    assert said == "1 of 1 generation ended."
    assert Message.objects.get(pk=running.message_id).status == Status.INTERRUPTED
    assert ConversationActivity.objects.get().active_count == 0


def test_staff_reconcile_activity(owner: User, staff: User) -> None:
    make_running(owner)
    ConversationActivity.objects.update(active_count=5)

    said = act(staff, ConversationActivity, "reconcile_all", ConversationActivity.objects.get())

    assert said == "1 conversation repaired."
    assert ConversationActivity.objects.get().active_count == 1


@pytest.mark.parametrize(
    "kind", [Generation, GenerationLock, ConversationActivity, RefusedSend, Counter]
)
def test_lists_of_the_admin_take_as_many_queries_for_one_row_as_for_ten(
    kind: type, owner: User, staff: User, django_assert_max_num_queries: Any
) -> None:
    for number in range(10):
        make_running(owner)
        counts.count(f"x{number}")
        counts.count_refused_send(user_id=owner.pk, reason=str(number))
    browser = Client()
    browser.force_login(staff)
    assert kind in admin.site._registry

    with django_assert_max_num_queries(9):
        response = browser.get(reverse(f"admin:activity_{kind.__name__.lower()}_changelist"))

    assert response.status_code == 200
