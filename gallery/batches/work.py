"""What is done for a batch: a slice of it, then others have their turn. Each portion is one
transaction with the batch's position and counts, so a worker that dies leaves nothing half done
and nothing counted twice."""

import time
from contextlib import suppress
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import F

from activity import events
from activity.jobs import Held, Lost
from gallery.batches import changing, lease
from gallery.batches.changing import Outcome
from gallery.batches.models import Batch, BatchKind, BatchState
from gallery.batches.selection import Portion, counted, portion
from gallery.browse.search import TooSlow
from gallery.images import GeneratedImage

log = structlog.get_logger(__name__)

PORTION = 500  # images a transaction, which others who want one of their posts wait for
COUNTED = 5_000
SLICE_SECONDS = 5.0
AT_ONCE_SECONDS = 0.3  # that a person who asked for it waits


class NoProject(Exception):
    """It was deleted meanwhile."""


def run(batch_id: UUID) -> None:
    """Do a slice of a batch, if it is there to be taken, and send it on."""
    if _run(batch_id, SLICE_SECONDS):
        lease.send(batch_id)


def run_at_once(batch_id: UUID) -> None:
    """Do a batch while the one who asked for it waits, or leave the rest to the workers."""
    if _run(batch_id, AT_ONCE_SECONDS, counts=False):
        lease.send(batch_id)


def _run(batch_id: UUID, seconds: float, *, counts: bool = True) -> bool:
    """True where there is more to do."""
    until = time.monotonic() + seconds
    held = lease.claim(batch_id)
    if held is None:
        return False
    try:
        return _slice(held, until, counts=counts)
    except Lost:
        log.info("batch_lost", batch=str(batch_id))
    except Exception:  # whatever it was, the batch must not stay with who broke
        log.exception("batch_broke", batch=str(batch_id))
        with suppress(Lost):
            held.give_back()  # the sweep sends it again, a few times
    finally:
        events.publish([events.listing_renewed(held.job.owner_id)])
    return False


def _slice(held: Held[Batch], until: float, *, counts: bool) -> bool:
    if held.job.attempt > lease.MAX_ATTEMPTS:
        held.end(BatchState.FAILED, "keeps_failing")
        return False
    try:
        if counts and held.job.total is None:
            _count(held)
        while not _step(held):
            if time.monotonic() > until:
                held.give_back(attempt=0)
                return True
    except TooSlow:
        held.end(BatchState.FAILED, "too_slow")
    except NoProject:
        held.end(BatchState.FAILED, "no_project")
    else:
        held.end(BatchState.COMPLETED)
    return False


def _count(held: Held[Batch]) -> None:
    """How far there is to go: only pages that show progress need it."""
    total = held.job.passed
    for number in counted(held.job, COUNTED):
        total += number
        held.update()
    held.update(total=total)


def _step(held: Held[Batch]) -> bool:
    """Do the next portion; True after the last one."""
    batch = held.job
    with transaction.atomic(durable=True):
        held.update()  # its row before any post's: a stop or an undo waits, or came first
        found = _changed(batch) if batch.is_undo else portion(batch, batch.position, PORTION)
        outcome = _done(batch, found)
        batch.position = found.position
        held.update(position=found.position, attempt=0, **_counts(batch, outcome))
    return found.is_last


def _done(batch: Batch, found: Portion) -> Outcome:
    if batch.kind == BatchKind.DELETE:
        change = changing.restore_images if batch.is_undo else changing.delete_images
        return change(batch.owner, found.ids, batch.created_at)
    if batch.is_undo:
        return changing.move_back(batch, found.ids)
    if batch.project is None or batch.project.deleted_at:
        raise NoProject
    return changing.add_to_project(batch, found.ids)


def _counts(batch: Batch, outcome: Outcome) -> dict[str, F]:
    if batch.is_undo:
        return {"restored": F("restored") + outcome.done}  # type: ignore[dict-item]
    return {name: F(name) + getattr(outcome, name) for name in ("done", "posts", "making", "gone")}


def _changed(batch: Batch) -> Portion:
    """The posts that the batch moved; or the images that it deleted and that are in the trash
    still, by the index `gallery_image_trashed`."""
    trashed = GeneratedImage.objects.filter(owner=batch.owner, deleted_at=batch.created_at)
    moves = batch.kind == BatchKind.PROJECT
    rows, field = (batch.moves.all(), "post") if moves else (trashed, "pk")
    if batch.position:
        rows = rows.filter(**{f"{field}__gt": UUID(batch.position)})
    ids = list(rows.order_by(field).values_list(field, flat=True)[:PORTION])
    return Portion(ids, str(ids[-1]) if ids else batch.position, len(ids) < PORTION)
