"""Who works on an import. Guarded statements by the database's clock decide, as in the ledger of
generations: a task that is delivered twice, late or never does no harm."""

import time
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db.models import F, Q, Value
from django.db.models.functions import Now

from activity.delivery import deliver
from chat.importing.models import ImportJob, ImportState

log = structlog.get_logger(__name__)

LEASE = 60.0
RENEW = 10.0
RESEND = 30.0
MAX_ATTEMPTS = 3


class Lost(Exception):
    """The import was stopped, or somebody else has it."""


class Held:
    """An import that this process holds, under one epoch."""

    def __init__(self, job: ImportJob) -> None:
        self.job = job
        self.renewed = time.monotonic()

    def keep(self) -> None:
        """Renew the lease where that is due; cheap to call often. Raises Lost."""
        if time.monotonic() - self.renewed > RENEW:
            self.update()

    def update(self, **changes: Any) -> None:
        """Write to the job as its holder, and renew the lease. Raises Lost."""
        changes = {"lease_until": Now() + Value(timedelta(seconds=LEASE))} | changes
        held = ImportJob.objects.filter(
            pk=self.job.pk, epoch=self.job.epoch, state=ImportState.RUNNING
        )
        if not held.update(**changes):
            raise Lost
        self.renewed = time.monotonic()

    def end(self, state: ImportState, error_code: str = "") -> None:
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
        changes |= {"state": ImportState.QUEUED, "epoch": F("epoch") + 1, "lease_until": None}
        self.update(sent_at=Now(), **changes)


def claim(job_id: UUID) -> Held | None:
    """Take an import that waits, or whose holder has died; None where there is nothing to do."""
    rows = ImportJob.objects.raw(
        """
        UPDATE chat_importjob SET
            state = 'running', epoch = epoch + 1, attempt = attempt + 1,
            started_at = coalesce(started_at, clock_timestamp()),
            lease_until = clock_timestamp() + make_interval(secs => %s)
        WHERE id = %s AND (
            state = 'queued' OR (state = 'running' AND lease_until < clock_timestamp()))
        RETURNING *
        """,
        [LEASE, job_id],
    )
    job = next(iter(rows), None)
    return Held(job) if job else None


def send(job_id: UUID) -> None:
    """Hand an import to the workers. When that fails, the sweep sends it again."""
    from chat.tasks import run_import  # the task imports this module

    deliver(run_import, job_id)


def resend() -> int:
    """Send again what nobody has taken, and what a dead worker has left."""
    lost = Q(state=ImportState.QUEUED) | Q(state=ImportState.RUNNING, lease_until__lt=Now())
    before = Now() - Value(timedelta(seconds=RESEND))
    rows = ImportJob.objects.filter(lost, sent_at__lt=before)
    sent = 0
    for job_id, sent_at in rows.order_by("sent_at").values_list("pk", "sent_at")[:100]:
        if ImportJob.objects.filter(lost, pk=job_id, sent_at=sent_at).update(sent_at=Now()):
            send(job_id)
            sent += 1
    return sent
