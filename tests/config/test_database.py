"""The pool of connections to PostgreSQL, after the server went away and came back."""

import threading
from functools import partial

import psycopg_pool.pool
import pytest
from django.db import connection

from tests.races.race import at_once

pytestmark = pytest.mark.django_db(transaction=True)

MANY = 8


def ask(barrier: threading.Barrier | None = None) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        if barrier:
            barrier.wait()  # each has a connection of its own
        (pid,) = cursor.fetchone()
        return int(pid)


def test_dead_connections_are_passed_over_without_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As after a restart of the server: all that lies idle in the pool is dead."""
    waits: list[float] = []
    monkeypatch.setattr(psycopg_pool.pool, "sleep", waits.append)
    own = ask()  # not one of the pool's
    idle = at_once([partial(ask, threading.Barrier(MANY))] * MANY)
    assert len({*idle} - {own}) == MANY
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(pg_terminate_backend(pid)) FROM unnest(%s) pid", [idle])
        assert cursor.fetchone() == (MANY,)

    (answered,) = at_once([ask])

    assert answered not in idle
    assert isinstance(answered, int)
    assert waits == []
