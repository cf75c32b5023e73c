"""What a person may do with their trash. Every tab of theirs reads it anew afterwards."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

import structlog
from celery import current_app
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from activity import events
from gallery.trash import kinds, purging
from gallery.trash.kinds import TrashKind
from gallery.trash.models import EmptiedTrash
from gallery.trash.refusals import NotFound

log = structlog.get_logger(__name__)


def restore(*, user: User, kind: str, id: UUID) -> None:
    """Out of the trash, as it was. Doing so again is harmless."""
    _kind(kind).restore(user=user, id=id)


def put_back(*, user: User, kind: str, id: UUID) -> None:
    """Take a restoring back: into the trash again, for the whole time."""
    _kind(kind).put_back(user=user, id=id)


def delete_for_good(*, user: User, kind: str, id: UUID) -> None:
    """With its files that nothing else points to. There is no way back."""
    one = _kind(kind)
    if not one.listed(user).filter(pk=id).exists():
        raise NotFound
    one.stop(id)  # what is in the trash begins nothing new
    erased = purging.erase(one, [id], lambda _at: True, wait=True)
    if not erased.things:
        raise NotFound
    events.publish([events.listing_renewed(user.pk)])
    remove_bytes(erased.names)


def empty(*, user: User, until: datetime) -> None:
    """Delete all for good that was deleted up to this moment, which is what the person saw: what
    another tab deletes meanwhile stays. Nothing of it is shown any more; workers do the rest."""
    until = min(until, timezone.now())
    with transaction.atomic(durable=True):
        row, _made = EmptiedTrash.objects.get_or_create(owner=user, defaults={"until": until})
        EmptiedTrash.objects.filter(pk=row.pk, until__lt=until).update(until=until)
        events.publish_on_commit([events.listing_renewed(user.pk)])
    _send("gallery.tasks.purge_trash")


def remove_bytes(names: Collection[str]) -> None:
    """Of files that nobody has any more."""
    if names:
        _send("files.tasks.remove_bytes", sorted(names))


def _kind(name: str) -> TrashKind:
    kind = kinds.listed().get(name)
    if kind is None:
        raise NotFound
    return kind


def _send(task: str, *arguments: object) -> None:
    """An outage only delays it: what is purged by schedule is all that is due."""
    try:
        current_app.send_task(task, arguments, retry=False)
    except Exception as error:  # kombu and redis have no common base class
        log.warning("purge_not_sent", error=str(error))
