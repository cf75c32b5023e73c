"""Asking again for what did not come: a new generation on the exchange that asked for it."""

from collections.abc import Callable
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from accounts.models import User
from activity import ledger
from activity.conversation import Conversation
from activity.models import GenerationLock
from activity.sweeping import sweep
from gallery import versions
from gallery.asking import Asked, earlier, locked_post, lost_race, submit
from gallery.images import LOST, ImageQuerySet, ImageStatus
from gallery.models import CaptionStatus, Exchange, ExchangeStatus, Post
from gallery.refusals import ImageGone, NothingToRetry

Choose = Callable[[Post], tuple[Exchange, ImageQuerySet]]
LOST_CAPTION = (CaptionStatus.FAILED, CaptionStatus.STOPPED)


def retry_image(*, user: User, post_id: UUID, image_id: UUID, client_id: UUID) -> Asked:
    """Have one image drawn that failed or was stopped. Raises ImageGone or NothingToRetry."""
    request = ledger.Request.of(user.pk, client_id, "retry", post_id, image_id)

    def choose(post: Post) -> tuple[Exchange, ImageQuerySet]:
        image = post.images.filter(pk=image_id, deleted_at=None).first()
        if image is None:
            raise ImageGone
        if not image.is_lost:
            raise NothingToRetry
        return image.exchange, post.images.filter(pk=image_id)

    return _retry(request, user, post_id, choose, with_caption=False)


def retry(*, user: User, post_id: UUID, client_id: UUID) -> Asked:
    """Ask for all that is missing in what is shown, or else in the last exchange. Raises
    NothingToRetry."""
    request = ledger.Request.of(user.pk, client_id, "retry", post_id)

    def choose(post: Post) -> tuple[Exchange, ImageQuerySet]:
        exchange = _incomplete(post)
        if exchange is None:
            raise NothingToRetry
        return exchange, exchange.images.filter(status__in=LOST, deleted_at=None)

    return _retry(request, user, post_id, choose, with_caption=True)


def _incomplete(post: Post) -> Exchange | None:
    lost = Q(caption_status__in=LOST_CAPTION) | Q(images__status__in=LOST, images__deleted_at=None)
    shown = Q(number=post.version) | Q(images__is_shown=True, images__deleted_at=None)
    exchanges = post.exchanges.filter(lost).order_by("-number")
    newest = post.exchanges.order_by("-number").first()
    if found := exchanges.filter(shown).first():
        return found
    return exchanges.filter(pk=newest.pk).first() if newest else None


def _retry(
    request: ledger.Request, user: User, post_id: UUID, choose: Choose, *, with_caption: bool
) -> Asked:
    if asked := earlier(request):
        return asked
    sweep(Conversation("post", post_id))
    try:
        with transaction.atomic(durable=True):
            post = locked_post(user, post_id)
            if GenerationLock.objects.filter(post=post).exists():
                raise ledger.Busy
            exchange, images = choose(post)
            if with_caption and _lacks_caption(post, exchange):
                exchange.caption_status = CaptionStatus.WAITING
            elif not images.exists():
                raise NothingToRetry
            post.bump(shown=True)
            _present(post, exchange)
            _reopen(post, exchange, images)
            return Asked(submit(request, post, exchange), replayed=False)
    except (ledger.Busy, IntegrityError):
        return lost_race(request)


def _lacks_caption(post: Post, exchange: Exchange) -> bool:
    """Not where its owner has written one meanwhile."""
    if exchange.caption_status not in LOST_CAPTION:
        return False
    return exchange.number != post.version or post.caption in ("", exchange.caption)


def _present(post: Post, exchange: Exchange) -> None:
    """What is tried again is seen: a version of which nothing had come takes over once more."""
    if exchange.number == post.version or exchange.images.shown().exists():
        return
    versions.keep(post)
    versions.show(post, exchange)


def _reopen(post: Post, exchange: Exchange, images: ImageQuerySet) -> None:
    exchange.status, exchange.revision = ExchangeStatus.RUNNING, post.revision
    exchange.error_code = exchange.error_detail = ""
    exchange.save(
        update_fields=["status", "caption_status", "error_code", "error_detail", "revision"]
    )
    images.update(
        status=ImageStatus.WAITING,
        file=None,
        width=None,
        height=None,
        seconds=None,
        error_code="",
        error_detail="",
        revision=post.revision,
    )
