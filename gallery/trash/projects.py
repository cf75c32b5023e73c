"""Projects in the trash. Their posts stay where they are."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from gallery.models import IN_TRASH, Post, Project
from gallery.projects import refusals, services
from gallery.trash.kinds import Item
from gallery.trash.refusals import NotFound


class TrashedProjects:
    name, plural, together = "project", "projects", 10

    def deleted(self) -> QuerySet[Project]:
        return Project.objects.filter(IN_TRASH)

    def listed(self, user: User) -> QuerySet[Project]:
        return self.deleted().filter(owner=user)

    def items(self, things: Sequence[Project]) -> Sequence[Item]:
        return [self._item(project) for project in things]

    def _item(self, project: Project) -> Item:
        assert project.deleted_at is not None  # noqa: S101  it is in the trash
        return Item(
            kind=self.name,
            id=project.pk,
            title=project.name,
            facts=_("Project, without its posts"),
            deleted_at=project.deleted_at,
            icon="folder",
        )

    def restore(self, *, user: User, id: UUID) -> None:
        try:
            services.restore(user=user, project_id=id)
        except refusals.NotFound as refusal:
            raise NotFound from refusal

    def put_back(self, *, user: User, id: UUID) -> None:
        try:
            services.delete(user=user, project_id=id)
        except refusals.NotFound as refusal:
            raise NotFound from refusal

    def stop(self, id: UUID) -> None:
        """Nothing is made for a project."""

    def locked(self, ids: Sequence[UUID], *, wait: bool) -> Sequence[Project]:
        """Their posts first, as everybody locks: deleting a project takes them out of it."""
        posts = Post.objects.select_for_update(no_key=True).filter(project__in=ids)
        list(posts.order_by("pk").values_list("pk", flat=True))
        rows = self.deleted().select_for_update(skip_locked=not wait)
        return list(rows.filter(pk__in=ids).order_by("pk"))

    def erase(self, things: Sequence[Project]) -> Iterable[UUID]:
        Project.objects.filter(pk__in=[project.pk for project in things]).delete()
        return []
