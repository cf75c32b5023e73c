"""Who works on an import (`activity.jobs`)."""

from uuid import UUID

from django.db.models.functions import Coalesce, Now

from activity import jobs
from activity.delivery import deliver
from activity.jobs import Held
from chat.importing.models import ImportJob

LEASE = 60.0
RESEND = 30.0
MAX_ATTEMPTS = 3


def claim(job_id: UUID) -> Held[ImportJob] | None:
    started_at = Coalesce("started_at", Now())
    return jobs.claim(ImportJob.objects.all(), job_id, LEASE, started_at=started_at)


def send(job_id: UUID) -> None:
    """Hand an import to the workers. When that fails, the sweep sends it again."""
    from chat.tasks import run_import  # the task imports this module

    deliver(run_import, job_id)


def resend() -> int:
    return jobs.resend(ImportJob.objects.all(), RESEND, send)
