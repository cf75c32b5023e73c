"""The steady work of every generate worker: one statement renews all its leases."""

import time

import structlog
from django.db import Error, close_old_connections, connection
from psycopg_pool import PoolTimeout
from redis.exceptions import RedisError

from activity import ledger
from activity.sweeping import sweep
from activity.worker import current_worker
from activity.workers import mark_alive

log = structlog.get_logger(__name__)


def beat() -> None:
    close_old_connections()
    try:
        renew_leases()
        tell_alive()
    except (Error, PoolTimeout) as error:
        log.warning("heartbeat_missed", error=str(error))
    finally:
        connection.close()


def sweep_others() -> None:
    close_old_connections()
    try:
        sweep()
    except (Error, PoolTimeout) as error:
        log.warning("sweep_missed", error=str(error))
    finally:
        connection.close()


def tell_alive() -> None:
    worker = current_worker()
    try:
        mark_alive(worker.name, len(worker.jobs))
    except RedisError as error:
        log.warning("not_marked_alive", error=str(error))


def renew_leases() -> None:
    worker = current_worker()
    # The clock before the statement: a process that is stopped while it waits for the answer
    # must not take an old renewal for a new one.
    asked_at = time.monotonic()
    held = worker.held()
    kept = ledger.renew(held) if held else set()
    worker.renewed([pair for pair in held if pair[0] not in kept], asked_at=asked_at)
