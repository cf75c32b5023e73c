"""Files that wait to be opened. The row is the job: Celery only delivers, perhaps twice or
never."""

from datetime import timedelta

import structlog
from celery import current_app
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Now

from files import opened
from files.models import Blob, State

log = structlog.get_logger(__name__)

MAX_ATTEMPTS = 2
PATIENCE_SECONDS = 300.0
"""How long nobody may have taken a file: then it fails, and may be tried again."""
BATCH = 200


def send(sha256: str) -> None:
    """An outage only delays it: what nobody took is sent again."""
    try:
        current_app.send_task("files.tasks.open_file", [sha256], retry=False)
    except Exception as error:  # kombu and redis have no common base class
        log.warning("file_not_sent", error=str(error))


def claim(sha256: str) -> Blob | None:
    """A waiting blob, now this worker's until its lease ends; None where another has it."""
    lease = Value(timedelta(seconds=settings.FILE_LEASE_SECONDS))
    with transaction.atomic(durable=True):
        taken = Blob.objects.filter(pk=sha256, state=State.WAITING).update(
            state=State.DECODING,
            epoch=F("epoch") + 1,
            attempts=F("attempts") + 1,
            lease_until=Now() + lease,
        )
        return Blob.objects.get(pk=sha256) if taken else None  # its row is locked here


def give_back(blob: Blob) -> bool:
    """Have a claimed blob opened later, for a storage that is away; whether that may still be.
    Its patience goes on."""
    mine = Blob.objects.filter(pk=blob.pk, state=State.DECODING, epoch=blob.epoch)
    young = mine.filter(waiting_since__gte=_before(PATIENCE_SECONDS))
    return young.update(state=State.WAITING, attempts=F("attempts") - 1, sent_at=Now()) > 0


def sweep(sha256: str | None = None) -> int:
    """End or send again what got stuck: all of it, or one. Everybody may, at the same time, for
    each statement says which rows it expects. Returns how many there were."""
    blobs = Blob.objects.filter(pk=sha256) if sha256 else Blob.objects.all()
    lost = blobs.filter(state=State.DECODING, lease_until__lt=Now())
    ended = _give_up(lost.filter(attempts__gte=MAX_ATTEMPTS))
    back = lost.filter(attempts__lt=MAX_ATTEMPTS).update(
        state=State.WAITING, waiting_since=Now(), sent_at=None
    )
    ended += _give_up(
        blobs.filter(state=State.WAITING, waiting_since__lt=_before(PATIENCE_SECONDS))
    )
    if ended or back:
        log.info("files_swept", ended=ended, given_back=back)
    return ended + back + _send_again(blobs.filter(state=State.WAITING))


def _give_up(stuck: QuerySet[Blob]) -> int:
    """Each in a transaction of its own, with those who wait for it: one that cannot be told keeps
    the others from nothing."""
    ended = 0
    for sha256 in stuck.values_list("pk", flat=True)[:BATCH]:
        try:
            with transaction.atomic():
                if stuck.filter(pk=sha256).update(state=State.FAILED, error_code="lost"):
                    opened.tell(Blob.objects.get(pk=sha256))
                    ended += 1
        except Exception:  # callbacks of other apps may raise anything
            log.exception("file_end_not_told", sha256=sha256)
    return ended


def _send_again(waiting: QuerySet[Blob]) -> int:
    overdue = Q(sent_at=None) | Q(sent_at__lt=_before(settings.RESEND_SECONDS))
    rows = waiting.filter(overdue).order_by("waiting_since").values_list("pk", "sent_at")
    sent = 0
    for sha256, sent_at in rows[:BATCH]:
        mine = Blob.objects.filter(pk=sha256, state=State.WAITING, sent_at=sent_at)
        if mine.update(sent_at=Now()):
            send(sha256)
            sent += 1
    return sent


def _before(seconds: float) -> Combinable:
    return Now() - Value(timedelta(seconds=seconds))
