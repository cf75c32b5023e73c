"""Removing what nobody needs: files that nothing points to, then bytes that no file points to."""

from datetime import timedelta

import structlog
from django.core.files.storage import default_storage
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, Value
from django.db.models.functions import Now

from files.models import Blob, File

log = structlog.get_logger(__name__)

UNUSED = timedelta(days=2)
"""A draft keeps its files so long."""
GRACE = timedelta(hours=1)
"""Bytes that were brought just now wait so long for the row that points to them."""
BATCH = 500


def purge() -> tuple[int, int]:
    """Remove them in batches; returns how many files and how many blobs. May be cut off and
    doubled at any point."""
    return _purge_files(), _purge_blobs()


def _purge_files() -> int:
    """The apps above point to files by foreign keys, whichever they are."""
    used = Q()
    for relation in File._meta.related_objects:
        pointing = relation.related_model._default_manager.filter(
            **{relation.field.attname: OuterRef("pk")}
        )
        used |= Q(Exists(pointing))
    old = File.objects.filter(created_at__lt=Now() - Value(UNUSED)).exclude(used)
    removed = 0
    for file_id in old.values_list("pk", flat=True)[:BATCH]:
        try:
            with transaction.atomic():
                removed += File.objects.filter(pk=file_id).delete()[0]
        except IntegrityError:  # it was attached at this moment
            continue
    return removed


def _purge_blobs() -> int:
    unused = Blob.objects.filter(files=None, touched_at__lt=Now() - Value(GRACE))
    return sum(_purge_blob(sha256) for sha256 in unused.values_list("pk", flat=True)[:BATCH])


def _purge_blob(sha256: str) -> bool:
    """Bytes first, then the row, with the row locked: who brings the same bytes waits, and then
    finds neither. Cut off between the two it is done again."""
    try:
        with transaction.atomic():
            rows = Blob.objects.select_for_update(skip_locked=True)
            blob = rows.filter(pk=sha256, touched_at__lt=Now() - Value(GRACE)).first()
            if blob is None or blob.files.exists():
                return False
            for rendition in blob.renditions.all():
                default_storage.delete(rendition.path)
            default_storage.delete(blob.path)
            blob.delete()
    except (DatabaseError, OSError) as error:
        log.warning("blob_not_removed", sha256=sha256, error=str(error))
        return False
    return True
