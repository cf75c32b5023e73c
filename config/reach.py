"""Asks the database and the queue for a sign of life, quickly and with a plain answer."""

import contextlib

import psycopg
import redis
from django.conf import settings
from django.db import connection

SECONDS = 5


class Unreachable(Exception):
    """A service that everything needs does not answer; the text is a sentence."""


def reach_database() -> str:
    """Return the server's version, like 18.4. Past the pool: it would retry for 20 s."""
    params = connection.get_connection_params() | {"connect_timeout": SECONDS}
    try:
        with contextlib.closing(psycopg.connect(**params)) as opened:
            return (opened.info.parameter_status("server_version") or "").split()[0]
    except psycopg.OperationalError as error:
        raise Unreachable(f"The database does not answer: {_line(error)}") from error


def reach_redis() -> dict[str, object]:
    """Return what INFO says."""
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=SECONDS) as client:
            return dict(client.info())
    except (redis.RedisError, OSError) as error:
        raise Unreachable(f"Redis does not answer: {_line(error)}") from error


def _line(error: Exception) -> str:
    return " ".join(str(error).split())
