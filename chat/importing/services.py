"""What a person may do with imports."""

from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Now

from accounts.models import User
from chat.importing import lease
from chat.importing.conversation import storable
from chat.importing.files import Unreadable, open_source
from chat.importing.keeping import forget_file
from chat.importing.models import UNDER_WAY, ImportJob, ImportState
from chat.importing.refusals import FileTooLarge, ImportRunning, NoFile, NotImportable
from chat.refusals import NotFound


def start(*, owner: User, upload: "UploadedFile[bytes] | None") -> ImportJob:
    """Keep a file and ask the workers to import it. What can be told from its beginning is
    refused at once. Raises a Refusal."""
    if upload is None or not upload.size or upload.file is None:
        raise NoFile
    if upload.size > settings.MAX_IMPORT_BYTES:
        raise FileTooLarge(limit=settings.MAX_IMPORT_BYTES)
    if ImportJob.objects.visible_to(owner).under_way().exists():
        raise ImportRunning
    try:
        total_bytes = open_source(upload.file).total_bytes
    except Unreadable as error:
        raise NotImportable(reason=error.code) from error
    name = storable(upload.name or "")[:200]
    job = ImportJob(owner=owner, name=name, size=upload.size, total_bytes=total_bytes)
    upload.seek(0)
    job.file.save(name, upload, save=False)
    try:
        with transaction.atomic(durable=True):
            job.save(force_insert=True)
            transaction.on_commit(lambda: lease.send(job.pk), robust=True)
    except IntegrityError as error:  # two at the same moment
        job.file.delete(save=False)
        raise ImportRunning from error
    return job


def stop(*, owner: User, job_id: UUID) -> bool:
    """End an import; what it has brought stays. False: it had ended."""
    job = ImportJob.objects.visible_to(owner).filter(pk=job_id).first()
    if job is None:
        raise NotFound
    stopped = ImportJob.objects.filter(pk=job_id, state__in=UNDER_WAY).update(
        state=ImportState.STOPPED, epoch=F("epoch") + 1, lease_until=None, ended_at=Now()
    )
    if stopped:
        forget_file(job)
    return bool(stopped)
