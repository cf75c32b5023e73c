"""Images in the trash that were deleted by themselves."""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Protocol
from uuid import UUID

from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from gallery import editing
from gallery.images import GeneratedImage
from gallery.models import IN_TRASH, Post
from gallery.refusals import ImageGone
from gallery.refusals import NotFound as NoPost
from gallery.trash.kinds import Item
from gallery.trash.refusals import NotFound
from gallery.usage.keeping import keep_images


class Change(Protocol):
    def __call__(self, *, user: User, post_id: UUID, image_id: UUID) -> int: ...


class TrashedImages:
    name, plural, together = "image", "images", 100

    def deleted(self) -> QuerySet[GeneratedImage]:
        """Also what was deleted before its post was, which does not come back with it. The other
        way round it takes its post along."""
        trashed = GeneratedImage.objects.filter(IN_TRASH)
        return trashed.exclude(post__deleted_at=F("deleted_at"))

    def listed(self, user: User) -> QuerySet[GeneratedImage]:
        return self.deleted().filter(owner=user)

    def items(self, things: Sequence[GeneratedImage]) -> Sequence[Item]:
        ids = [image.pk for image in things]
        rows = GeneratedImage.objects.select_related("post", "file__blob").in_bulk(ids)
        return [self._item(rows[pk]) for pk in ids if pk in rows]

    def _item(self, image: GeneratedImage) -> Item:
        assert image.deleted_at is not None  # noqa: S101  it is in the trash
        return Item(
            kind=self.name,
            id=image.pk,
            title=image.post.title,
            facts=_("Image, %(model)s") % {"model": image.model_name},
            deleted_at=image.deleted_at,
            icon="images",
            file=image.file,
        )

    def restore(self, *, user: User, id: UUID) -> None:
        self._change(user, id, editing.restore_image)

    def put_back(self, *, user: User, id: UUID) -> None:
        self._change(user, id, partial(editing.delete_image, with_post=True))

    def _change(self, user: User, id: UUID, change: Change) -> None:
        post_id = GeneratedImage.objects.filter(owner=user, pk=id).values_list("post", flat=True)
        found = post_id.first()
        if found is None:
            raise NotFound
        try:
            change(user=user, post_id=found, image_id=id)
        except (NoPost, ImageGone) as refusal:
            raise NotFound from refusal

    def stop(self, id: UUID) -> None:
        """One that is being made cannot be deleted."""

    def locked(self, ids: Sequence[UUID], *, wait: bool) -> Sequence[GeneratedImage]:
        """Their posts first, as everybody locks."""
        post_ids = GeneratedImage.objects.filter(pk__in=ids).values("post")
        posts = Post.objects.select_for_update(no_key=True, skip_locked=not wait)
        held = list(posts.filter(pk__in=post_ids).order_by("pk").values_list("pk", flat=True))
        return list(self.deleted().filter(pk__in=ids, post__in=held))

    def erase(self, things: Sequence[GeneratedImage]) -> Iterable[UUID]:
        images = GeneratedImage.objects.filter(pk__in=[image.pk for image in things])
        keep_images(images)
        images.delete()
        return {image.file_id for image in things if image.file_id}
