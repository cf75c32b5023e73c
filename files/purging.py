"""Removing what nobody needs: files that nothing points to, then bytes that no file points to."""

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from uuid import UUID

import structlog
from django.core.files.storage import default_storage
from django.db import DatabaseError, transaction
from django.db.models import Exists, OuterRef, Q, Value
from django.db.models.functions import Now

from files.models import Blob, File, FileQuerySet, State

log = structlog.get_logger(__name__)

UNUSED = timedelta(days=2)
"""A draft keeps its files so long."""
GRACE = timedelta(hours=1)
"""Bytes that were brought just now wait so long for the row that points to them."""
BATCH = 500
TOGETHER = 10
"""Blobs whose rows are locked while their bytes go, perhaps from the other end of a network."""


def purge(*, until: Callable[[], bool] = lambda: False) -> tuple[int, int]:
    """Remove all of them, in batches; returns how many files and how many blobs. May be cut
    off and doubled at any point; `until` says when to leave the rest to the next time."""
    return _purge_files(until), _purge_blobs(until)


def release(file_ids: Iterable[UUID]) -> tuple[int, set[str]]:
    """Remove those of these files that nothing points to any more: how many, and the names of
    their bytes, for `remove_bytes` after the commit. To be called in the transaction that removed
    what pointed to them. One that somebody is pointing to at this moment stays, and is looked at
    again by `purge`."""
    ids = list(file_ids)
    removed, names = 0, set[str]()
    for start in range(0, len(ids), BATCH):
        locked = File.objects.filter(pk__in=ids[start : start + BATCH])
        count, found = _remove(locked.order_by("pk"))
        removed, names = removed + count, names | found
    return removed, names


def remove_bytes(names: Iterable[str]) -> int:
    """Those of these blobs that no file has, and that nobody brought just now; how many."""
    ordered = sorted(names)
    return sum(
        _remove_together(ordered[start : start + TOGETHER])
        for start in range(0, len(ordered), TOGETHER)
    )


def unused() -> Q:
    """Nothing points to the file. The apps above do it by foreign keys, whichever they are."""
    used = Q()
    for relation in File._meta.related_objects:
        pointing = relation.related_model._default_manager.filter(
            **{relation.field.attname: OuterRef("pk")}
        )
        used |= Q(Exists(pointing))
    return ~used


def _remove(files: FileQuerySet) -> tuple[int, set[str]]:
    """Who points to a file locks its row, and then waits here or is passed over; the second
    statement sees all that was committed before the lock was had."""
    locked = files.select_for_update(skip_locked=True).values_list("pk", flat=True)
    free = File.objects.filter(unused(), pk__in=list(locked))
    blobs = dict(free.values_list("pk", "blob_id"))
    File.objects.filter(pk__in=blobs).delete()
    return len(blobs), set(blobs.values())


def _purge_files(until: Callable[[], bool]) -> int:
    old = File.objects.filter(unused(), created_at__lt=Now() - Value(UNUSED)).order_by("pk")
    removed, last = 0, UUID(int=0)
    while not until():
        batch = list(old.filter(pk__gt=last).values_list("pk", flat=True)[:BATCH])
        if not batch:
            break
        with transaction.atomic():
            removed += release(batch)[0]
        last = batch[-1]
    return removed


def _purge_blobs(until: Callable[[], bool]) -> int:
    old = Blob.objects.filter(files=None, touched_at__lt=Now() - Value(GRACE)).order_by("pk")
    removed, last = 0, ""
    while not until():
        batch = list(old.filter(pk__gt=last).values_list("pk", flat=True)[:BATCH])
        if not batch:
            break
        removed += remove_bytes(batch)
        last = batch[-1]
    return removed


def _remove_together(names: Sequence[str]) -> int:
    """Bytes first, then the rows, with the rows locked: who brings the same bytes waits, and then
    finds neither. Cut off between the two it is done again. What is being opened has its previews
    to come, and waits for the next time."""
    old = Blob.objects.filter(pk__in=names, touched_at__lt=Now() - Value(GRACE))
    idle = old.exclude(state=State.DECODING, lease_until__gt=Now()).order_by("pk")
    try:
        with transaction.atomic():
            locked = list(idle.select_for_update(skip_locked=True).values_list("pk", flat=True))
            free = Blob.objects.filter(pk__in=locked, files=None).prefetch_related("renditions")
            gone = [blob.pk for blob in free if _is_off_storage(blob)]
            Blob.objects.filter(pk__in=gone).delete()
            return len(gone)
    except DatabaseError as error:
        log.warning("blobs_not_removed", error=str(error))
        return 0


def _is_off_storage(blob: Blob) -> bool:
    try:
        for path in (*_previews(blob), blob.path):
            default_storage.delete(path)
    except OSError as error:
        log.warning("bytes_not_removed", sha256=blob.pk, error=str(error))
        return False
    return True


def _previews(blob: Blob) -> set[str]:
    """Those that its rows name, and those that a worker left behind that died before it could
    name them."""
    folder = blob.previews_folder
    try:
        _folders, names = default_storage.listdir(folder)
    except FileNotFoundError:
        names = []
    return {f"{folder}/{name}" for name in names} | {one.path for one in blob.renditions.all()}
