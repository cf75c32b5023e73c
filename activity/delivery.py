"""Handing work to Celery. A delivery may be lost: rows in the database are the outbox."""

from uuid import UUID

import structlog
from celery import Task
from redis.exceptions import TimeoutError as RedisTimeout

log = structlog.get_logger(__name__)


def deliver(task: "Task[..., None]", row_id: UUID) -> None:
    """Send a task for one row. A failure is logged, and left to whoever sweeps the rows."""
    for tries_left in (1, 0):
        try:
            task.apply_async((str(row_id),), retry=False)
            return
        except Exception as error:  # kombu and redis have no common base class
            # A connection that a restart has broken is found out by the send that fails on it,
            # so once more; but not where Redis is silent, which a person would wait for twice.
            if not tries_left or isinstance(error.__cause__ or error, RedisTimeout):
                log.warning("not_delivered", task=task.name, row=str(row_id), error=str(error))
                return
