"""What a person may do by hand with a post that is there. Each operation takes the post's row
lock, so it meets a run's parts before or after, never in the middle. They return its revision."""

from collections.abc import Callable
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from activity import services as generations
from activity.conversation import Conversation
from activity.models import GenerationLock
from gallery import progress, versions, words
from gallery.asking import locked_post
from gallery.images import GeneratedImage
from gallery.models import Post, Status
from gallery.refusals import Busy, ImageGone, ImageNotReady, NotFound, NoVersion


def edit_caption(*, user: User, post_id: UUID, caption: str, hashtags: str) -> int:
    """Other words and hashtags, which need not have their #. Refused while a caption is written."""
    text, tags = words.caption(caption), words.hashtags(hashtags)

    def change(post: Post) -> bool:
        if post.status == Status.GENERATING_CAPTION:
            raise Busy
        if (post.caption, list(post.hashtags)) == (text, tags):
            return False
        post.bump()
        post.caption, post.hashtags = text, tags
        return True

    return _change(user, post_id, change)


def select_image(*, user: User, post_id: UUID, image_id: UUID) -> int:
    """Make this image the post's own."""

    def change(post: Post) -> bool:
        image = _image(post, image_id)
        if not image.is_ready or not image.is_shown:
            raise ImageNotReady
        if image.is_selected:
            return False
        revision = post.bump()
        post.images.filter(is_selected=True).update(is_selected=False, revision=revision)
        post.images.filter(pk=image_id).update(is_selected=True, revision=revision)
        return True

    return _change(user, post_id, change)


def delete_image(*, user: User, post_id: UUID, image_id: UUID, with_post: bool = False) -> int:
    """To the trash; `with_post`: the last image takes its post along. Deleting again is harmless;
    one that is being made is refused."""

    def change(post: Post) -> bool:
        image = post.images.filter(pk=image_id).first()
        if image is None:
            raise ImageGone
        if image.deleted_at:
            return False
        if image.is_pending:
            raise Busy
        revision = post.bump(shown=True)
        moment = timezone.now()
        post.images.filter(pk=image_id).update(
            deleted_at=moment, is_selected=False, revision=revision
        )
        if with_post and progress.without_images([post_id]):
            Post.objects.filter(pk=post_id).update(deleted_at=moment)
        return True

    return _change(user, post_id, change)


def restore_image(*, user: User, post_id: UUID, image_id: UUID) -> int:
    """Out of the trash, into its place. Its post comes back with it."""
    with transaction.atomic(durable=True):
        post = _own(user, post_id)
        image = post.images.filter(pk=image_id).first()
        if image is None:
            raise ImageGone
        if image.deleted_at is not None:
            revision = post.bump(shown=True)
            post.images.filter(pk=image_id).update(deleted_at=None, revision=revision)
            if post.deleted_at is not None:
                progress.bring_back([post_id])
            progress.renew(post)
        return post.revision


def go_to_version(*, user: User, post_id: UUID, number: int) -> int:
    """Show what the post was when another version took over from this one. The present state is
    kept with its own version: one can come back to it."""

    def change(post: Post) -> bool:
        if number == post.version:
            return False
        exchange = post.exchanges.filter(number=number).first()
        if exchange is None or exchange.kept is None:
            raise NoVersion
        if GenerationLock.objects.filter(post=post).exists():
            raise Busy
        post.bump(shown=True)
        versions.keep(post)
        versions.show(post, exchange)
        return True

    return _change(user, post_id, change)


def delete(*, user: User, post_id: UUID) -> None:
    """To the trash with its images. Who has it open is told that it is gone, and what it
    generates is stopped. Deleting again stops what an interrupted first time did not."""
    with transaction.atomic(durable=True):
        post = _own(user, post_id)
        if post.deleted_at is None:
            moment = timezone.now()
            post.bump()
            Post.objects.filter(pk=post_id).update(deleted_at=moment)
            post.images.filter(deleted_at=None).update(deleted_at=moment)
            progress.announce(post)
    # What asks for a run looks at the row under its lock: none begins any more.
    generation = generations.in_flight_in(Conversation("post", post_id))
    if generation is not None:
        generations.stop(generation=generation)


def restore(*, user: User, post_id: UUID) -> None:
    """Out of the trash, as it was: what was deleted before it stays deleted."""
    with transaction.atomic(durable=True):
        post = _own(user, post_id)
        if post.deleted_at is not None:
            revision = post.bump(shown=True)
            together = post.images.filter(deleted_at=post.deleted_at)
            together.update(deleted_at=None, revision=revision)
            Post.objects.filter(pk=post_id).update(deleted_at=None)
            progress.renew(post)


def _change(user: User, post_id: UUID, change: Callable[[Post], bool]) -> int:
    """Change the user's post under its lock. `change` takes the revision and says whether it did
    anything: what was so before is announced to nobody."""
    with transaction.atomic(durable=True):
        post = locked_post(user, post_id)
        if change(post):
            progress.renew(post)
        return post.revision


def _own(user: User, post_id: UUID) -> Post:
    """Also one in the trash."""
    post = progress.locked(post_id)
    if post.owner_id != user.pk:
        raise NotFound
    return post


def _image(post: Post, image_id: UUID) -> GeneratedImage:
    image = post.images.filter(pk=image_id, deleted_at=None).first()
    if image is None:
        raise ImageGone
    return image
