"""Who works on a batch (`activity.jobs`)."""

from uuid import UUID

from django.conf import settings

from activity import jobs
from activity.delivery import deliver
from activity.jobs import Held
from gallery.batches.models import Batch

MAX_ATTEMPTS = 3


def claim(batch_id: UUID) -> Held[Batch] | None:
    return jobs.claim(Batch.objects.select_related("owner"), batch_id, settings.LEASE_SECONDS)


def send(batch_id: UUID) -> None:
    """Hand a batch to the workers. When that fails, the sweep sends it again."""
    from gallery.tasks import run_batch  # the task imports this module

    deliver(run_batch, batch_id)


def resend(batch_id: UUID | None = None) -> int:
    """What got stuck: all of it, or one. Any page that shows a batch may send it again, too."""
    rows = Batch.objects.filter(pk=batch_id) if batch_id else Batch.objects.all()
    return jobs.resend(rows, settings.RESEND_SECONDS, send)
