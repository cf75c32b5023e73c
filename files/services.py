"""What a person may do with files, and a model for them. Bytes come in by one door, in three steps,
each harmless to repeat: a row for the bytes, the bytes, a row for the person."""

import errno
import hashlib
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import sleep
from typing import IO
from uuid import UUID

import structlog
from django.conf import settings
from django.core.files import File as StorageFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import User
from files import queue
from files.content import HEAD, IMAGES, media_type_of
from files.models import Blob, File, FileQuerySet, State
from files.names import cleaned
from files.refusals import (
    Cut,
    Empty,
    IdTaken,
    NoRoom,
    NotYours,
    QuotaReached,
    StorageAway,
    TooLarge,
    WrongKind,
)
from files.sentences import PASSING

log = structlog.get_logger(__name__)

IN_MEMORY = 1024 * 1024
PAUSES = (0.5, 2.0, 6.0)
"""Seconds before a paid image is given to a storage again that did not take it."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A whole file, not yet kept."""

    content: IO[bytes]
    sha256: str
    size: int
    media_type: str


def upload(
    *, user: User, file_id: UUID, name: str, pieces: Iterable[bytes], size: int | None = None
) -> File:
    """Keep a file and have it opened. With the id of an earlier upload of the same bytes it is
    that one, checked again where that had failed for no fault of the file. `size`: what was
    announced. Raises a Refusal, of which nothing is left that anybody sees."""
    if File.objects.filter(pk=file_id).exclude(owner=user).exists():
        raise NotYours
    name, limit = cleaned(name), settings.MAX_UPLOAD_BYTES
    with _failures_told(), _arrived(pieces, name, limit, announced=size) as arrived:
        _check_quota(user, arrived.size)
        blob = _kept(arrived)
    return _give(user, file_id, name, blob)


def keep_result(*, user: User, file_id: UUID, name: str, content: bytes) -> File:
    """Keep an image that a model made for somebody and have it opened; for a thread, since it may
    wait for the storage. It is paid for, so no quota refuses it. With the id of an earlier result
    it is that one, whatever the bytes, unless that one could not be opened. The blob may be ready
    already: see `files.opened` for how to wait for it. Raises a Refusal."""
    name = cleaned(name, fallback="image")
    if earlier := _earlier_result(user, file_id):
        return earlier
    with _failures_told(), _arrived([content], name, settings.MAX_RESULT_BYTES) as arrived:
        if arrived.media_type not in IMAGES:
            raise WrongKind
        blob = _kept_patiently(arrived)
    _broken_result(user, file_id).update(blob=blob)
    try:
        return _give(user, file_id, name, blob)
    except IdTaken:  # by another worker at this moment, for the same result
        if earlier := _earlier_result(user, file_id):
            return earlier
        raise


def _earlier_result(user: User, file_id: UUID) -> File | None:
    file = File.objects.filter(pk=file_id).first()
    if file is None or _broken_result(user, file_id).exists():
        return None
    if file.owner_id != user.pk:
        raise NotYours
    return _give(user, file_id, file.name, file.blob)


def _broken_result(user: User, file_id: UUID) -> FileQuerySet:
    """One that gives way to the next."""
    rows = File.objects.visible_to(user).filter(pk=file_id, blob__state=State.FAILED)
    return rows.exclude(blob__error_code__in=PASSING)


def try_again(*, user: User, file_id: UUID) -> File:
    """Have a file opened again that could not be for no fault of its own."""
    file = File.objects.visible_to(user).select_related("blob").filter(pk=file_id).first()
    if file is None:
        raise NotYours
    with transaction.atomic(durable=True):
        _have_opened(file.blob)
    file.blob.refresh_from_db()
    return file


@contextmanager
def _failures_told() -> Iterator[None]:
    """A storage that fails is a refusal like others: nothing was given to anybody."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise NoRoom from error
        log.warning("storage_failed", error=str(error))
        raise StorageAway from error


@contextmanager
def _arrived(
    pieces: Iterable[bytes], name: str, limit: int, announced: int | None = None
) -> Iterator[Arrived]:
    if announced is not None and announced > limit:
        raise TooLarge(limit=limit)
    digest, size = hashlib.sha256(), 0
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as content:
        for piece in pieces:
            size += len(piece)
            if size > limit:
                raise TooLarge(limit=limit)
            digest.update(piece)
            content.write(piece)
        if announced is not None and size < announced:
            raise Cut
        if not size:
            raise Empty
        content.seek(0)
        media_type = media_type_of(content.read(HEAD), name)
        if media_type is None:
            raise WrongKind
        yield Arrived(content, digest.hexdigest(), size, media_type)


def _check_quota(user: User, size: int) -> None:
    limit: int = settings.USER_STORAGE_BYTES
    used = File.objects.filter(owner=user).aggregate(used=Sum("blob__size"))["used"] or 0
    if used + size > limit:
        raise QuotaReached(limit=limit)


def _kept_patiently(arrived: Arrived) -> Blob:
    for pause in PAUSES:
        try:
            return _kept(arrived)
        except OSError as error:
            log.warning("storage_failed", error=str(error), pause=pause)
        sleep(pause)
    return _kept(arrived)


def _kept(arrived: Arrived) -> Blob:
    """Without a transaction: a storage may be at the other end of a network. What nobody points
    to is left alone for an hour (files.purging), so it stays meanwhile."""
    blob = _row_of(arrived)
    if not _is_kept(blob):
        arrived.content.seek(0)
        default_storage.save(blob.path, StorageFile(arrived.content))
    return blob


def _is_kept(blob: Blob) -> bool:
    try:
        return default_storage.size(blob.path) == blob.size
    except FileNotFoundError:
        return False


def _row_of(arrived: Arrived) -> Blob:
    """The row of these bytes, marked as brought now. Waits while they are being removed, and
    then makes it anew."""
    blob = Blob(
        sha256=arrived.sha256,
        size=arrived.size,
        media_type=arrived.media_type,
        touched_at=timezone.now(),
    )
    with transaction.atomic(durable=True):
        Blob.objects.bulk_create(
            [blob],
            update_conflicts=True,
            unique_fields=["sha256"],
            update_fields=["touched_at"],
        )
    return Blob.objects.get(pk=arrived.sha256)


def _give(user: User, file_id: UUID, name: str, blob: Blob) -> File:
    try:
        with transaction.atomic(durable=True):
            file, _ = File.objects.get_or_create(
                pk=file_id, defaults={"owner": user, "blob": blob, "name": name}
            )
            if file.owner_id != user.pk or file.blob_id != blob.pk:
                raise IdTaken
            _have_opened(blob)
    except IntegrityError as error:
        raise IdTaken from error
    return File.objects.select_related("blob").get(pk=file_id)


def _have_opened(blob: Blob) -> None:
    """Once: where the same bytes come twice at the same moment, one of them finds it done."""
    unopened = Blob.objects.filter(pk=blob.pk)
    again = unopened.filter(state=State.FAILED, error_code__in=PASSING)
    for rows in (unopened.filter(state=State.NEW), again):
        if rows.update(
            state=State.WAITING, error_code="", attempts=0, waiting_since=Now(), sent_at=Now()
        ):
            transaction.on_commit(lambda: queue.send(blob.pk), robust=True)
