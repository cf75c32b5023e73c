"""Changing some hundred images of many posts at once: what `gallery.editing` does to one of them,
in a number of queries that does not grow with them.

To be called in a transaction. The posts are locked first, in the order of their ids, so that two
of these cannot wait for each other; everybody else locks one post at a time.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, F, OuterRef, Subquery
from django.db.models.functions import Coalesce, Now

from accounts.models import User
from activity import events
from gallery import progress
from gallery.batches.models import Batch, Move
from gallery.images import PENDING, GeneratedImage, ImageQuerySet, ImageStatus
from gallery.models import Exchange, ExchangeStatus, Post

REVISION = Subquery(Post.objects.filter(pk=OuterRef("post")).values("revision"))


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many images were changed, in how many posts; `making` are being made, and `gone` are
    not there any more, or were never the user's."""

    done: int = 0
    posts: int = 0
    making: int = 0
    gone: int = 0


def delete_images(user: User, ids: Sequence[UUID], at: datetime) -> Outcome:
    """To the trash, as of a moment. The last image of a post takes it along."""
    posts = _locked_posts(user, ids)
    there = dict(_images(posts, ids).filter(deleted_at=None).values_list("pk", "status"))
    ready = [pk for pk, status in there.items() if status not in PENDING]
    touched = _bump(posts, ready, shown=True)
    _images(touched, ready).update(deleted_at=at, is_selected=False, revision=REVISION)
    emptied = progress.without_images(_ids(touched))
    Post.objects.filter(pk__in=emptied).update(deleted_at=at)
    _renew(touched)
    making = len(there) - len(ready)
    return Outcome(len(ready), len(touched), making, len(ids) - len(there))


def restore_images(user: User, ids: Sequence[UUID], at: datetime) -> Outcome:
    """What was deleted at that moment, out of the trash. Their posts come back with them."""
    posts = _locked_posts(user, ids, trashed=True)
    deleted = list(_images(posts, ids).filter(deleted_at=at).values_list("pk", flat=True))
    touched = _bump(posts, deleted, shown=True)
    _images(touched, deleted).update(deleted_at=None, revision=REVISION)
    progress.bring_back([post.pk for post in touched if post.deleted_at])
    _renew(touched)
    return Outcome(len(deleted), len(touched), gone=len(ids) - len(deleted))


def add_to_project(batch: Batch, ids: Sequence[UUID]) -> Outcome:
    """An image is in the project of its post, so the posts are put there, with all their images.
    `posts` are those that were elsewhere."""
    posts, project = _locked_posts(batch.owner, ids), batch.project_id
    there = list(_images(posts, ids).filter(deleted_at=None).values_list("pk", flat=True))
    touched = _bump([post for post in posts if post.project_id != project], there)
    moves = [Move(batch=batch, post=post, project_id=post.project_id) for post in touched]
    Move.objects.bulk_create(moves, ignore_conflicts=True)  # moved away meanwhile, and once more
    Post.objects.filter(pk__in=_ids(touched)).update(project=project)
    _announce(touched)
    return Outcome(len(there), len(touched), gone=len(ids) - len(there))


def move_back(batch: Batch, post_ids: Sequence[UUID]) -> Outcome:
    """Posts that the batch put into its project, to where they were before; not those that are
    somewhere else by now."""
    mine = Post.objects.filter(owner=batch.owner, project=batch.project_id, pk__in=post_ids)
    posts = list(mine.order_by("pk").select_for_update(no_key=True))
    before = Move.objects.filter(batch=batch, post=OuterRef("pk")).values("project")
    Post.objects.filter(pk__in=_ids(posts)).update(
        project=Subquery(before), revision=F("revision") + 1, updated_at=Now()
    )
    for post in posts:
        post.revision += 1
    _announce(posts)
    return Outcome(len(posts), len(posts))


def _locked_posts(user: User, ids: Sequence[UUID], *, trashed: bool = False) -> list[Post]:
    """The posts of images, as far as they are the user's; without `trashed` those that are not in
    the trash."""
    images = GeneratedImage.objects.filter(pk__in=ids, owner=user).order_by()
    wanted = set(images.values_list("post", flat=True))
    posts = Post.objects.filter(owner=user) if trashed else Post.objects.visible_to(user)
    return list(posts.filter(pk__in=wanted).order_by("pk").select_for_update(no_key=True))


def _images(posts: Iterable[Post], ids: Sequence[UUID]) -> ImageQuerySet:
    return GeneratedImage.objects.filter(pk__in=ids, post__in=_ids(posts)).order_by()


def _bump(posts: Sequence[Post], ids: Sequence[UUID], *, shown: bool = False) -> list[Post]:
    """The posts of these images, each with its next revision."""
    of_them = set(_images(posts, ids).values_list("post", flat=True))
    touched = [post for post in posts if post.pk in of_them]
    revision = F("revision") + 1
    changes = {"revision": revision, "updated_at": Now()}
    Post.objects.filter(pk__in=of_them).update(
        **(changes | {"shown_revision": revision} if shown else changes)
    )
    for post in touched:
        post.revision += 1
    return touched


def _renew(posts: Sequence[Post]) -> None:
    """What posts say of themselves, and tell their pages. Where nothing is being made, an image
    more or less changes no status, only the number of images and which of them is selected."""
    running = Exchange.objects.filter(post__in=_ids(posts), status=ExchangeStatus.RUNNING)
    pending = GeneratedImage.objects.filter(post__in=_ids(posts), status__in=PENDING).order_by()
    busy = {*running.values_list("post", flat=True), *pending.values_list("post", flat=True)}
    at_rest = [post.pk for post in posts if post.pk not in busy]
    shown = GeneratedImage.objects.shown().filter(post=OuterRef("pk")).order_by()
    number = shown.values("post").annotate(number=Count("pk")).values("number")
    Post.objects.filter(pk__in=at_rest).update(total_models=Coalesce(Subquery(number), 0))
    _select(at_rest)
    _announce([post for post in posts if post.pk not in busy])
    for post in posts:
        if post.pk in busy:
            progress.renew(post)


def _select(post_ids: Sequence[UUID]) -> None:
    """The first image of each post that has none selected."""
    shown = GeneratedImage.objects.filter(post__in=post_ids, is_shown=True, deleted_at=None)
    chosen = set(shown.filter(is_selected=True).values_list("post", flat=True))
    without = [one for one in post_ids if one not in chosen]
    ready = shown.filter(post__in=without, status=ImageStatus.READY)
    first = ready.order_by("post", "position", "created_at").distinct("post")
    wanted = list(first.values_list("pk", flat=True))
    GeneratedImage.objects.filter(pk__in=wanted).update(is_selected=True, revision=REVISION)


def _announce(posts: Sequence[Post]) -> None:
    """To who has one of them open. Lists are read anew once, when there are no more of them."""
    events.publish_on_commit(
        [events.conversation_changed("post", post.pk, post.revision) for post in posts]
    )


def _ids(posts: Iterable[Post]) -> list[UUID]:
    return [post.pk for post in posts]
