"""Work that is a row: who does it. Guarded statements by the database's clock decide, as in the
ledger of generations, so a task that is delivered twice, late or never does no harm.

A row of a job has `state` ("queued", "running" and its ends), `epoch`, `attempt`, `lease_until`,
`sent_at`, `ended_at` and `error_code`.
"""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db import models, transaction
from django.db.models import F, Q, QuerySet, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Now

J = TypeVar("J", bound=models.Model)

QUEUED, RUNNING = "queued", "running"
AT_ONCE = 100  # that are sent again together


class Lost(Exception):
    """The job was stopped or changed, or somebody else has it."""


class Held(Generic[J]):
    """A job that this process holds, under one epoch; `lease` in seconds."""

    def __init__(self, job: J, lease: float) -> None:
        self.job, self.lease = job, lease
        self.epoch: int = job.epoch  # type: ignore[attr-defined]
        self.renewed = time.monotonic()

    def keep(self) -> None:
        """Renew the lease where that is due; cheap to call often. Raises Lost."""
        if time.monotonic() - self.renewed > self.lease / 6:
            self.update()

    def update(self, **changes: Any) -> None:
        """Write to the job as its holder, and renew the lease. In a transaction its row is locked
        then: nobody else changes it before that ends. Raises Lost."""
        changes = {"lease_until": Now() + _seconds(self.lease)} | changes
        rows = type(self.job)._default_manager.filter(pk=self.job.pk)
        if not rows.filter(epoch=self.epoch, state=RUNNING).update(**changes):
            raise Lost
        self.renewed = time.monotonic()

    def end(self, state: str, error_code: str = "") -> None:
        """Raises Lost."""
        self.update(
            state=state,
            error_code=error_code,
            epoch=F("epoch") + 1,
            lease_until=None,
            ended_at=Now(),
        )

    def give_back(self, **changes: Any) -> None:
        """For whoever comes next. Raises Lost."""
        changes |= {"state": QUEUED, "epoch": F("epoch") + 1, "lease_until": None}
        self.update(sent_at=Now(), **changes)


def claim(rows: "QuerySet[J]", job_id: UUID, lease: float, **changes: Any) -> Held[J] | None:
    """Take a job that waits, or whose holder has died; None where there is nothing to do."""
    with transaction.atomic():
        taken = rows.filter(_lost(), pk=job_id).update(
            state=RUNNING,
            epoch=F("epoch") + 1,
            attempt=F("attempt") + 1,
            lease_until=Now() + _seconds(lease),
            **changes,
        )
        return Held(rows.get(pk=job_id), lease) if taken else None


def resend(rows: "QuerySet[Any]", after: float, send: Callable[[UUID], None]) -> int:
    """Send again what nobody has taken so many seconds after it was sent, and what a dead worker
    has left. Returns how many."""
    lost = rows.filter(_lost(), sent_at__lt=Now() - _seconds(after)).order_by("sent_at")
    sent = 0
    for pk, sent_at in list(lost.values_list("pk", "sent_at")[:AT_ONCE]):
        if rows.filter(_lost(), pk=pk, sent_at=sent_at).update(sent_at=Now()):
            send(pk)
            sent += 1
    return sent


def _lost() -> Q:
    return Q(state=QUEUED) | Q(state=RUNNING, lease_until__lt=Now())


def _seconds(seconds: float) -> Combinable:
    return Value(timedelta(seconds=seconds))
