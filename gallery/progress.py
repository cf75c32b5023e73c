"""What a post says of itself: its counts, its status, its selected image. To be called with the
post's row locked, by whatever changes a part of it."""

from uuid import UUID

from activity import events
from gallery.images import UNDRAWN, ImageStatus
from gallery.models import CaptionStatus, Exchange, ExchangeStatus, Post, Status
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
    if shown is None:  # it was made elsewhere
        return Status(post.status)
    if shown.caption_status == CaptionStatus.FAILED and not post.caption:
        return Status.CAPTION_FAILED
    if shown.status == ExchangeStatus.STOPPED:
        return Status.STOPPED
    return Status.GENERATED


def announce(post: Post, *, top: bool = False) -> None:
    events.publish_on_commit(
        [
            events.conversation_changed("post", post.pk, post.revision),
            events.listing_changed(post.owner_id, "post", post.pk, top=top),
        ]
    )


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
