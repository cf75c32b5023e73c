"""Posts as lists show them: with a picture, and how far they are."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import OuterRef, Subquery

from accounts.models import User
from gallery.alt import alt_of
from gallery.images import PENDING, GeneratedImage, ImageStatus
from gallery.models import Post, PostQuerySet, Status

RECENT = 5  # in the sidebar


@dataclass(frozen=True, slots=True)
class Work:
    """`cover`: the image that stands for the post, the selected one or else the first that is
    there. `ready` of `wanted`: its images."""

    post: Post
    cover: GeneratedImage | None
    ready: int
    wanted: int

    @property
    def is_working(self) -> bool:
        activity = getattr(self.post, "activity", None)
        return bool(activity and activity.is_generating)

    @property
    def alt(self) -> str:
        return alt_of(self.post)

    @property
    def waits_for_caption(self) -> bool:
        return self.post.status == Status.GENERATING_CAPTION

    @property
    def project_name(self) -> str:
        """ "" where it has none, or where that is in the trash."""
        project = self.post.project
        return project.name if project and project.deleted_at is None else ""


def rows(user: User) -> PostQuerySet:
    """The user's posts, the newest work first, with what their rows show."""
    posts: PostQuerySet = Post.objects.visible_to(user).newest_first()
    return posts.select_related("activity", "project")


def recent(user: User, limit: int) -> list[Work]:
    return works(rows(user)[:limit])


def sidebar_rows(user: User) -> PostQuerySet:
    """Like `rows`, with the file of the cover as `cover_file`: one query, for every page has it."""
    images = GeneratedImage.objects.filter(
        post=OuterRef("pk"), status=ImageStatus.READY, is_shown=True, deleted_at=None
    )
    cover = images.order_by("-is_selected", "position").values("file_id")[:1]
    posts: PostQuerySet = rows(user).annotate(cover_file=Subquery(cover))
    return posts


def sidebar_posts(user: User) -> list[Post]:
    return list(sidebar_rows(user)[:RECENT])


def works(posts: Iterable[Post]) -> list[Work]:
    """With their images, all read at once."""
    posts = list(posts)
    images = images_of([post.pk for post in posts])
    return [_work(post, images[post.pk]) for post in posts]


def images_of(post_ids: Sequence[UUID]) -> dict[UUID, list[GeneratedImage]]:
    """What each of these posts shows at present, in its order."""
    found: dict[UUID, list[GeneratedImage]] = defaultdict(list)
    if post_ids:
        images = GeneratedImage.objects.shown().filter(post__in=post_ids)
        for image in images.select_related("file__blob", "model"):
            found[image.post_id].append(image)
    return found


def cover_of(images: Sequence[GeneratedImage]) -> GeneratedImage | None:
    ready = [image for image in images if image.is_ready and image.file]
    return next((image for image in ready if image.is_selected), ready[0] if ready else None)


def _work(post: Post, images: Sequence[GeneratedImage]) -> Work:
    ready = sum(image.is_ready for image in images)
    waiting = sum(image.status in PENDING for image in images)
    return Work(post, cover_of(images), ready, ready + waiting)
