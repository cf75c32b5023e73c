"""What a person may do with their projects. Each operation is one transaction, and every tab of
the owner reads its lists anew after it."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from activity import events
from gallery.models import Project
from gallery.projects.briefs import Brief
from gallery.projects.refusals import NoName, NotFound, TooManyProjects

MAX_PROJECTS = 500
PLAIN_FIELDS = (
    "name",
    "audience",
    "tone",
    "language",
    "hashtags",
    "text_model",
    "aspect_ratio",
    "resolution",
)


def create(*, user: User, project_id: UUID, brief: Brief) -> Project:
    """The page makes the id: the same form sent twice makes one project."""
    with transaction.atomic(durable=True):
        # Two forms at once meet at the person's row, so that the limit holds.
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        known = Project.objects.filter(pk=project_id).first()
        if known is not None and (known.owner_id != user.pk or known.deleted_at):
            raise NotFound
        if known is not None:
            return known
        if Project.objects.visible_to(user).count() >= MAX_PROJECTS:
            raise TooManyProjects(limit=MAX_PROJECTS)
        project = Project(id=project_id, owner=user)
        _write(project, brief)
    return project


def change(*, user: User, project_id: UUID, brief: Brief) -> Project:
    with transaction.atomic(durable=True):
        project = _locked(user, project_id)
        if project.deleted_at:
            raise NotFound
        project.updated_at = timezone.now()
        _write(project, brief)
    return project


def delete(*, user: User, project_id: UUID) -> Project:
    """To the trash; its posts stay. Deleting again is harmless."""
    with transaction.atomic(durable=True):
        project = _locked(user, project_id)
        if project.deleted_at is None:
            project.deleted_at = timezone.now()
            _save(project)
    return project


def restore(*, user: User, project_id: UUID) -> Project:
    """Out of the trash, with the posts that it had."""
    with transaction.atomic(durable=True):
        project = _locked(user, project_id)
        if project.deleted_at is not None:
            project.deleted_at = None
            _save(project)
    return project


def _write(project: Project, brief: Brief) -> None:
    if not brief.name.strip():
        raise NoName
    for field in PLAIN_FIELDS:
        setattr(project, field, getattr(brief, field))
    project.hashtags = list(brief.hashtags)
    _save(project)
    project.image_models.set(brief.image_models)


def _save(project: Project) -> None:
    project.save()
    events.publish_on_commit([events.listing_renewed(project.owner_id)])


def _locked(user: User, project_id: UUID) -> Project:
    rows = Project.objects.filter(owner=user).select_for_update(no_key=True, of=("self",))
    project = rows.filter(pk=project_id).first()
    if project is None:
        raise NotFound
    return project
