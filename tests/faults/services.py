"""The embedded services, as something to kill: their keeper starts them again."""

import os
import signal

import pytest
from django.conf import settings
from django.db import Error, connection
from redis.exceptions import RedisError

from activity.redis import client
from tests.studio import wait_until


def need_embedded(service: str) -> None:
    if service not in settings.EMBEDDED.services:
        pytest.skip(f"{service} is not ours to kill: the environment names another one")


def kill_valkey() -> None:
    """kill -9; returns once it is back, with nothing of what it held."""
    before = valkey_process()
    os.kill(before, signal.SIGKILL)
    wait_until(lambda: valkey_process() not in (0, before), what="Valkey is back")


def valkey_process() -> int:
    """0 while it does not answer."""
    try:
        return int(client().info("server")["process_id"])
    except RedisError:
        return 0


def kill_postgres() -> None:
    """kill -9 of the server's first process; returns once it has recovered."""
    before = postgres_process()
    connection.close()
    os.kill(before, signal.SIGKILL)
    wait_until(
        lambda: postgres_process() not in (0, before) and postgres_answers(),
        what="PostgreSQL is back",
    )


def postgres_process() -> int:
    """0 while there is none."""
    try:
        lines = (settings.EMBEDDED.layout.postgres / "postmaster.pid").read_text().splitlines()
    except OSError:
        return 0
    return int(lines[0]) if lines else 0


def postgres_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        connection.close()
        return False
    return True
