"""Recovery. Every worker, beat, and any page of a conversation may sweep at the same time: rows
are taken with SKIP LOCKED and ended by guarded statements, so nothing ends twice."""

from datetime import timedelta

import structlog
from django.conf import settings
from django.db.models import Q, Value
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Now

from activity import ledger
from activity.conversation import Conversation
from activity.counts import count
from activity.models import Generation, GenerationQuerySet, State

log = structlog.get_logger(__name__)

BATCH = 200


def sweep(conversation: Conversation | None = None) -> int:
    """End generations whose lease expired and send lost ones again: all, or those of one
    conversation. Returns how many it ended or sent."""
    rows = Generation.objects.all()
    if conversation is not None:
        rows = rows.writing_to(conversation)
        if not _is_due(rows):  # one question where there is nothing to do, as on most pages
            return 0
    expired = rows.filter(state=State.RUNNING, lease_until__lt=Now())
    ended = 0
    for generation_id in expired.values_list("pk", flat=True)[:BATCH]:
        if ledger.end_from_outside(
            generation_id, state=State.INTERRUPTED, error_code="interrupted", expired_only=True
        ):
            ended += 1
    if ended:
        count("generations_swept", ended)
        log.info("generations_swept", count=ended)
    return ended + _resend(rows)


def _is_due(rows: GenerationQuerySet) -> bool:
    expired = Q(state=State.RUNNING, lease_until__lt=Now())
    lost = Q(state=State.QUEUED, sent_at__lt=_long_ago())
    return rows.in_flight().filter(expired | lost).exists()  # as the index of a conversation has it


def _long_ago() -> CombinedExpression:
    return Now() - Value(timedelta(seconds=settings.RESEND_SECONDS))


def _resend(rows: GenerationQuerySet) -> int:
    """The queued row is the outbox: what nobody claimed in time is sent again. The guarded
    update of `sent_at` lets only one sweeper send each."""
    lost = rows.filter(state=State.QUEUED, sent_at__lt=_long_ago())
    sent = 0
    for generation_id, sent_at in lost.order_by("sent_at").values_list("pk", "sent_at")[:BATCH]:
        mine = Generation.objects.filter(pk=generation_id, state=State.QUEUED, sent_at=sent_at)
        if mine.update(sent_at=Now()):
            ledger.send(generation_id)
            sent += 1
    if sent:
        count("generations_resent", sent)
    return sent
