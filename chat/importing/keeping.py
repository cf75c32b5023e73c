"""The files of imports, which are kept until the import has ended."""

from datetime import timedelta
from pathlib import PurePosixPath
from uuid import UUID

from django.core.files.storage import default_storage
from django.utils import timezone

from chat.importing.models import FOLDER, UNDER_WAY, ImportJob

ORPHAN_AFTER = timedelta(hours=1)  # a file is saved a moment before its row is


def forget_file(job: ImportJob) -> None:
    """Delete the file of an import that has ended. May be repeated."""
    if job.file.name:
        default_storage.delete(job.file.name)
    ImportJob.objects.filter(pk=job.pk).exclude(state__in=UNDER_WAY).update(file="")


def forget_files() -> int:
    """Delete what a process left that died at the wrong moment: the files of imports that have
    ended, and those that belong to no import. Returns how many."""
    left = ImportJob.objects.exclude(state__in=UNDER_WAY).exclude(file="")
    for job in left:
        forget_file(job)
    return len(left) + sum(_forget_orphan(name) for name in _names())


def _names() -> list[str]:
    try:
        return default_storage.listdir(FOLDER)[1]
    except FileNotFoundError:
        return []


def _forget_orphan(name: str) -> bool:
    path = f"{FOLDER}/{name}"
    try:
        job_id = UUID(PurePosixPath(name).stem)
        is_young = timezone.now() - default_storage.get_modified_time(path) < ORPHAN_AFTER
    except (ValueError, FileNotFoundError):
        return False
    if is_young or ImportJob.objects.filter(pk=job_id).exists():
        return False
    default_storage.delete(path)
    return True
