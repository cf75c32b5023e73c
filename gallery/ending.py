"""How a run of a post ends, however it does: finished, failed, stopped, or cut off too often."""

from django.db.models import F
from django.db.models.functions import Coalesce

from activity.kinds import Outcome
from activity.models import Generation, State
from gallery import progress, versions
from gallery.captions import from_markdown
from gallery.images import UNDRAWN, ImageStatus
from gallery.models import CaptionStatus, Exchange, ExchangeStatus, Post
from gallery.progress import has_result, is_open

FAILING = (State.FAILED, State.INTERRUPTED)


def end(generation: Generation, outcome: Outcome) -> None:
    """To be called in the transaction that ends the generation."""
    if generation.post_id is None or generation.exchange_id is None:
        return
    post = progress.locked(generation.post_id)
    exchange = Exchange.objects.get(pk=generation.exchange_id)
    post.bump(shown=True)
    was_open = is_open(exchange)
    wrote = exchange.caption_status == CaptionStatus.WAITING
    if wrote:
        _end_caption(post, exchange, outcome)
    _end_images(post, exchange, outcome, wrote=wrote)
    exchange.status = _status(exchange, outcome, was_open=was_open)
    exchange.revision = post.revision
    exchange.save(
        update_fields=[
            "status", "caption_status", "caption", "error_code", "error_detail", "revision",
        ]
    )  # fmt: skip
    if outcome.seconds is not None:
        seconds = Coalesce(F("seconds"), 0.0) + outcome.seconds
        Exchange.objects.filter(pk=exchange.pk).update(seconds=seconds)
    _fall_back(post, exchange)
    progress.renew(post)


def _end_caption(post: Post, exchange: Exchange, outcome: Outcome) -> None:
    """What was written of it is kept, and shown where the post has no other."""
    stopped = outcome.state not in FAILING
    exchange.caption_status = CaptionStatus.STOPPED if stopped else CaptionStatus.FAILED
    exchange.error_code, exchange.error_detail = outcome.error_code, outcome.error_detail
    exchange.caption = from_markdown(outcome.text).strip()
    if stopped and not post.caption:
        post.caption = exchange.caption


def _end_images(post: Post, exchange: Exchange, outcome: Outcome, *, wrote: bool) -> None:
    """Without its caption nothing more is tried; a slot fails by itself only where it was its
    turn."""
    failed = outcome.state in FAILING and not wrote
    interrupted = outcome.state == State.INTERRUPTED
    status = ImageStatus.FAILED if failed or interrupted else ImageStatus.STOPPED
    exchange.images.filter(status__in=UNDRAWN).update(
        status=status,
        error_code=outcome.error_code if status == ImageStatus.FAILED else "",
        error_detail=outcome.error_detail if status == ImageStatus.FAILED else "",
        revision=post.revision,
    )


def _status(exchange: Exchange, outcome: Outcome, *, was_open: bool) -> ExchangeStatus:
    if was_open and outcome.state == State.STOPPED:
        return ExchangeStatus.STOPPED
    failed = exchange.caption_status == CaptionStatus.FAILED or not has_result(exchange)
    return ExchangeStatus.FAILED if failed else ExchangeStatus.COMPLETED


def _fall_back(post: Post, exchange: Exchange) -> None:
    """A version of which nothing came gives way to the one before it."""
    if exchange.number != post.version or exchange.based_on is None or has_result(exchange):
        return
    before = post.exchanges.filter(number=exchange.based_on).first()
    if before is not None:
        versions.show(post, before)
