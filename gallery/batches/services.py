"""What a person may do to many images at once. What is quickly done is done when the answer comes;
the workers do the rest."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import User
from gallery.batches import lease, work
from gallery.batches.models import UNDER_WAY, UNDOABLE, Batch, BatchKind, BatchState
from gallery.batches.refusals import (
    Changed,
    NotFound,
    NothingSelected,
    NoUndo,
    TooMany,
    TooManyBatches,
)
from gallery.batches.selection import Selection
from gallery.models import Project
from gallery.refusals import Malformed, NoProject

MAX_IDS = 5_000
MAX_UNDER_WAY = 5
TOLD_FOR = timedelta(hours=1)
DOWNLOADED_FOR = timedelta(days=1)


def begin(
    *,
    user: User,
    batch_id: UUID,
    kind: str,
    selection: Selection,
    project_id: UUID | None = None,
) -> Batch:
    """Delete images, put their posts into a project, or prepare their download. The same request
    under the same id is the same batch. Raises a Refusal."""
    if earlier := _earlier(user, batch_id, kind, selection, project_id):
        return earlier
    _check(user, kind, selection)
    batch = Batch(
        pk=batch_id,
        owner=user,
        kind=kind,
        digest=selection.digest,
        filters=None if selection.filters is None else dict(selection.filters),
        time_zone=selection.time_zone,
        until=selection.until,
        ids=list(selection.ids),
        total=len(selection.ids) if selection.filters is None else None,
        project=_project(user, project_id) if kind == BatchKind.PROJECT else None,
    )
    if kind == BatchKind.DOWNLOAD:
        batch.state, batch.ended_at = BatchState.COMPLETED, timezone.now()
    try:
        with transaction.atomic(durable=True):
            batch.save(force_insert=True)
    except IntegrityError:  # sent twice at the same moment
        if earlier := _earlier(user, batch_id, kind, selection, project_id):
            return earlier
        raise
    return _begun(batch)


def undo(*, user: User, batch_id: UUID) -> Batch:
    """Take all out of the trash that this batch put there, or back to where it was before, as far
    as it is there still. A batch that is under way is turned round. Doing so again is harmless."""
    with transaction.atomic(durable=True):
        batch = _locked(user, batch_id)
        if batch.kind not in UNDOABLE:
            raise NoUndo
        if batch.is_undo and batch.state not in (BatchState.STOPPED, BatchState.FAILED):
            return batch
        Batch.objects.filter(pk=batch_id).update(
            state=BatchState.QUEUED, error_code="", is_undo=True, is_told=False, position="",
            epoch=F("epoch") + 1, attempt=0, lease_until=None, sent_at=Now(), ended_at=None,
        )  # fmt: skip
    return _begun(batch)


def stop(*, user: User, batch_id: UUID) -> Batch:
    """Leave the rest as it is. What is done stays, and can be undone."""
    with transaction.atomic(durable=True):
        batch = _locked(user, batch_id)
        Batch.objects.filter(pk=batch_id, state__in=UNDER_WAY).update(
            state=BatchState.STOPPED, epoch=F("epoch") + 1, lease_until=None, ended_at=Now()
        )
    batch.refresh_from_db()
    return batch


def dismiss(*, user: User, batch_id: UUID) -> None:
    """The person has read how it ended."""
    if not Batch.objects.visible_to(user).filter(pk=batch_id).update(is_told=True):
        raise NotFound


def shown(user: User) -> list[Batch]:
    """What the person's pages tell of: what is under way, and ends that nobody has seen yet. What
    got stuck is sent again."""
    lately = timezone.now() - TOLD_FOR
    rows = Batch.objects.visible_to(user).select_related("project").defer("ids")
    rows = rows.exclude(kind=BatchKind.DOWNLOAD).filter(is_told=False)
    batches = list(rows.exclude(ended_at__lt=lately).order_by("created_at"))
    for batch in batches:
        if batch.is_under_way:
            lease.resend(batch.pk)
    return batches


def downloadable(user: User, batch_id: UUID) -> Batch:
    """A selection that was prepared, as long as it is kept. Raises NotFound."""
    since = timezone.now() - DOWNLOADED_FOR
    rows = Batch.objects.visible_to(user).filter(kind=BatchKind.DOWNLOAD, created_at__gte=since)
    batch = rows.select_related("owner").filter(pk=batch_id).first()
    if batch is None:
        raise NotFound
    return batch


def forget() -> int:
    """Delete the rows that nothing can be done with any more. Returns how many."""
    now = timezone.now()
    ended = Batch.objects.exclude(state__in=UNDER_WAY)
    downloads = ended.filter(kind=BatchKind.DOWNLOAD, created_at__lt=now - DOWNLOADED_FOR)
    purged = ended.filter(created_at__lt=now - timedelta(days=settings.TRASH_DAYS))
    return downloads.delete()[0] + purged.delete()[0]


def _begun(batch: Batch) -> Batch:
    """What ends within the answer is told by it. A search takes longer than an answer may."""
    if batch.kind != BatchKind.DOWNLOAD:
        if "q" in (batch.filters or {}) and not batch.is_undo:
            lease.send(batch.pk)
        else:
            work.run_at_once(batch.pk)
        ended = Batch.objects.filter(pk=batch.pk).exclude(state__in=UNDER_WAY)
        ended.update(is_told=True)
        batch.refresh_from_db()
    return batch


def _earlier(
    user: User, batch_id: UUID, kind: str, selection: Selection, project_id: UUID | None
) -> Batch | None:
    batch = Batch.objects.select_related("project").filter(pk=batch_id).first()
    if batch is None:
        return None
    if batch.owner_id != user.pk:
        raise NotFound
    asked = (kind, selection.digest, project_id)
    if (batch.kind, batch.digest, batch.project_id or project_id) != asked:
        raise Changed
    return batch


def _check(user: User, kind: str, selection: Selection) -> None:
    if kind not in BatchKind.values or (selection.filters is not None) != bool(selection.until):
        raise Malformed
    if selection.filters is None and not selection.ids:
        raise NothingSelected
    if len(selection.ids) > MAX_IDS:
        raise TooMany(limit=MAX_IDS)
    if Batch.objects.visible_to(user).under_way().count() >= MAX_UNDER_WAY:
        raise TooManyBatches


def _project(user: User, project_id: UUID | None) -> Project:
    mine = Project.objects.visible_to(user)
    project = mine.filter(pk=project_id).first() if project_id else None
    if project is None:
        raise NoProject
    return project


def _locked(user: User, batch_id: UUID) -> Batch:
    """Waits for the portion that is being done, and for no more."""
    rows = Batch.objects.visible_to(user).select_for_update(no_key=True, of=("self",))
    batch = rows.filter(pk=batch_id).first()
    if batch is None:
        raise NotFound
    return batch
