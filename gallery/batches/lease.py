"""Who works on a batch. Guarded statements by the database's clock decide, as in the ledger of
generations: a task that is delivered twice, late or never does no harm."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Now

from activity.delivery import deliver
from gallery.batches.models import Batch, BatchState

MAX_ATTEMPTS = 3


class Lost(Exception):
    """The batch was stopped or turned round, or somebody else has it."""


class Held:
    """A batch that this process holds, under one epoch."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch

    def update(self, **changes: Any) -> None:
        """Write to the batch as its holder, and renew the lease. In a transaction its row is
        locked then: it is neither stopped nor undone before that ends. Raises Lost."""
        changes = {"lease_until": Now() + _seconds(settings.LEASE_SECONDS)} | changes
        held = Batch.objects.filter(
            pk=self.batch.pk, epoch=self.batch.epoch, state=BatchState.RUNNING
        )
        if not held.update(**changes):
            raise Lost

    def end(self, state: BatchState, error_code: str = "") -> None:
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
        changes |= {"state": BatchState.QUEUED, "epoch": F("epoch") + 1, "lease_until": None}
        self.update(sent_at=Now(), **changes)


def claim(batch_id: UUID) -> Held | None:
    """Take a batch that waits, or whose holder has died; None where there is nothing to do."""
    with transaction.atomic():
        waiting = Batch.objects.filter(_lost(), pk=batch_id)
        if not waiting.update(
            state=BatchState.RUNNING,
            epoch=F("epoch") + 1,
            attempt=F("attempt") + 1,
            lease_until=Now() + _seconds(settings.LEASE_SECONDS),
        ):
            return None
        return Held(Batch.objects.select_related("owner").get(pk=batch_id))


def send(batch_id: UUID) -> None:
    """Hand a batch to the workers. When that fails, the sweep sends it again."""
    from gallery.tasks import run_batch  # the task imports this module

    deliver(run_batch, batch_id)


def resend(batch_id: UUID | None = None) -> int:
    """Send again what nobody has taken, and what a dead worker has left: all of it, or one. Any
    page that shows a batch may, too."""
    rows = Batch.objects.filter(_lost(), sent_at__lt=Now() - _seconds(settings.RESEND_SECONDS))
    if batch_id:
        rows = rows.filter(pk=batch_id)
    sent = 0
    for pk, sent_at in list(rows.order_by("sent_at").values_list("pk", "sent_at")[:100]):
        if Batch.objects.filter(_lost(), pk=pk, sent_at=sent_at).update(sent_at=Now()):
            send(pk)
            sent += 1
    return sent


def _lost() -> Q:
    return Q(state=BatchState.QUEUED) | Q(state=BatchState.RUNNING, lease_until__lt=Now())


def _seconds(seconds: float) -> Combinable:
    return Value(timedelta(seconds=seconds))
