"""The steady work of every generate worker: one statement renews all its leases."""

import structlog
from django.db import DatabaseError, close_old_connections, connection
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
        sweep()
    except (DatabaseError, PoolTimeout) as error:
        log.warning("heartbeat_missed", error=str(error))
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
    held = worker.held()
    kept = ledger.renew(held) if held else set()
    # Only a lease that this beat asked for can be lost by it: a claim may have come meanwhile.
    worker.renewed({generation_id for generation_id, _ in held} - kept)
