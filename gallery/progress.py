"""What a post says of itself: its counts, its status, its selected image. To be called with the
post's row locked, by whatever changes a part of it."""

from collections.abc import Collection
from uuid import UUID

from activity import events
from gallery.images import PENDING, UNDRAWN, GeneratedImage, ImageStatus
from gallery.models import (
    CaptionStatus,
    Exchange,
    ExchangeKind,
    ExchangeStatus,
    Post,
    Status,
)
from gallery.refusals import NotFound


def locked(post_id: UUID) -> Post:
    """The post as it is now, locked until the transaction ends. Raises NotFound."""
    post = Post.objects.select_for_update(no_key=True).filter(pk=post_id).first()
    if post is None:
        raise NotFound
    return post


def renew(post: Post, *, top: bool = False) -> None:
    """Save what the post says of itself, now that its parts have changed, and tell its pages on
    commit. Its revision was taken before."""
    images = list(post.images.shown().defer("prompt", "error_detail"))
    post.total_models = len(images)
    post.pending_models = sum(image.is_pending for image in images)
    post.status = _status(post, any(image.is_pending for image in images))
    ready = [image for image in images if image.status == ImageStatus.READY]
    if ready and not post.pending_models and not any(image.is_selected for image in images):
        # Not before all are there: whichever came first would be chosen by chance.
        post.images.filter(pk=ready[0].pk).update(is_selected=True, revision=post.revision)
    post.save(
        update_fields=[
            "caption", "hashtags", "status", "pending_models", "total_models", "version",
        ]
    )  # fmt: skip
    announce(post, top=top)


def _status(post: Post, is_pending: bool) -> Status:
    running = post.exchanges.filter(status=ExchangeStatus.RUNNING).first()
    if running is not None:
        writes = running.caption_status == CaptionStatus.WAITING
        return Status.GENERATING_CAPTION if writes else Status.GENERATING_IMAGES
    if is_pending:
        return Status.GENERATING_IMAGES
    shown = Exchange.objects.filter(post=post, number=post.version).first()
    if shown is None:
        return Status(post.status)
    if shown.caption_status == CaptionStatus.FAILED and not post.caption:
        return Status.CAPTION_FAILED
    if shown.status == ExchangeStatus.STOPPED:
        return Status.STOPPED
    return Status.EDITED if shown.kind == ExchangeKind.EDIT else Status.GENERATED


def announce(post: Post, *, top: bool = False) -> None:
    events.publish_on_commit(
        [
            events.conversation_changed("post", post.pk, post.revision),
            events.listing_changed(post.owner_id, "post", post.pk, top=top),
        ]
    )


def without_images(post_ids: Collection[UUID]) -> set[UUID]:
    """Those of these posts that have no image in the gallery, of any version, and get none."""
    images = GeneratedImage.objects.filter(post__in=post_ids, deleted_at=None).order_by()
    drawn = images.filter(status__in=[*PENDING, ImageStatus.READY]).values_list("post", flat=True)
    running = Exchange.objects.filter(post__in=post_ids, status=ExchangeStatus.RUNNING).order_by()
    return {*post_ids} - {*drawn} - {*running.values_list("post", flat=True)}


def bring_back(post_ids: Collection[UUID]) -> None:
    """Out of the trash, with those of their images that are out of it already."""
    trashed = GeneratedImage.objects.filter(post__in=post_ids, deleted_at__isnull=False)
    trashed.filter(is_selected=True).update(is_selected=False)  # else no other could be
    Post.objects.filter(pk__in=post_ids).update(deleted_at=None)


def is_open(exchange: Exchange) -> bool:
    """Whether something of it is still to be asked for."""
    if exchange.caption_status == CaptionStatus.WAITING:
        return True
    return exchange.images.filter(status__in=UNDRAWN).exists()


def has_result(exchange: Exchange) -> bool:
    if exchange.caption_status == CaptionStatus.READY:
        return True
    kept = [ImageStatus.DEVELOPING, ImageStatus.READY]
    return exchange.images.filter(status__in=kept).exists()
