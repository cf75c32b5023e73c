"""Posts in the trash. The images that were deleted with a post come back and go with it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db.models import F, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from activity import services as generations
from activity.conversation import Conversation
from gallery import editing
from gallery.images import GeneratedImage
from gallery.models import IN_TRASH, Exchange, ExchangeFile, Post
from gallery.refusals import NotFound as NoPost
from gallery.trash.kinds import Item
from gallery.trash.refusals import NotFound
from gallery.usage.keeping import keep_captions, keep_images
from gallery.works import cover_of


class TrashedPosts:
    name, plural, together = "post", "posts", 20

    def deleted(self) -> QuerySet[Post]:
        return Post.objects.filter(IN_TRASH)

    def listed(self, user: User) -> QuerySet[Post]:
        return Post.objects.trashed_by(user)

    def items(self, things: Sequence[Post]) -> Sequence[Item]:
        images = _images_of(things)
        return [self._item(post, images[post.pk]) for post in things]

    def _item(self, post: Post, images: Sequence[GeneratedImage]) -> Item:
        assert post.deleted_at is not None  # noqa: S101  it is in the trash
        cover = cover_of(images)
        ready = sum(image.is_ready for image in images)
        facts = ngettext("Post, %(count)s image", "Post, %(count)s images", ready)
        return Item(
            kind=self.name,
            id=post.pk,
            title=post.title,
            facts=facts % {"count": ready} if ready else _("Post without images"),
            deleted_at=post.deleted_at,
            icon="wand-sparkles",
            file=cover.file if cover else None,
        )

    def restore(self, *, user: User, id: UUID) -> None:
        try:
            editing.restore(user=user, post_id=id)
        except NoPost as refusal:
            raise NotFound from refusal

    def put_back(self, *, user: User, id: UUID) -> None:
        try:
            editing.delete(user=user, post_id=id)
        except NoPost as refusal:
            raise NotFound from refusal

    def stop(self, id: UUID) -> None:
        generation = generations.in_flight_in(Conversation("post", id))
        if generation is not None:
            generations.stop(generation=generation)

    def locked(self, ids: Sequence[UUID], *, wait: bool) -> Sequence[Post]:
        rows = self.deleted().select_for_update(skip_locked=not wait)
        return list(rows.filter(pk__in=ids).order_by("pk"))

    def erase(self, things: Sequence[Post]) -> Iterable[UUID]:
        images = GeneratedImage.objects.filter(post__in=things)
        references = ExchangeFile.objects.filter(exchange__post__in=things)
        files = {one for one in images.values_list("file", flat=True) if one}
        files |= set(references.values_list("file", flat=True))
        keep_images(images)
        keep_captions(Exchange.objects.filter(post__in=things))
        Post.objects.filter(pk__in=[post.pk for post in things]).delete()
        return files


def _images_of(posts: Sequence[Post]) -> dict[UUID, list[GeneratedImage]]:
    """What each showed when it was deleted."""
    found: dict[UUID, list[GeneratedImage]] = defaultdict(list)
    images = GeneratedImage.objects.filter(
        post__in=[post.pk for post in posts], is_shown=True, deleted_at=F("post__deleted_at")
    )
    for image in images.select_related("file__blob").order_by("position", "created_at"):
        found[image.post_id].append(image)
    return found
