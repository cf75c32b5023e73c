"""The transitions of a generation. Every one is a guarded statement by the database's clock:
of any number of workers, stops and sweeps that race, exactly one wins and the others learn it
from the row count. docs/adr/0001-the-ledger-decides.md tells why.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

import structlog
from django.conf import settings
from django.db import IntegrityError, connection, models, transaction
from django.db.models.functions import Now
from django.utils import timezone

from activity.counts import change_activity
from activity.delivery import deliver
from activity.kinds import Outcome, Reasoning, kind_named
from activity.models import IN_FLIGHT, Generation, GenerationLock, State, TextChunk
from activity.streaming import store
from activity.streaming.ids import scope_of, thoughts_id
from activity.streaming.markdown import render
from providers.base import Usage

log = structlog.get_logger(__name__)


class Busy(Exception):
    """Another generation holds the conversation's lock."""


class Lost(Exception):
    """The generation was ended or taken away: what its former holder still has counts no more."""


class KeyReused(Exception):
    """The idempotency key belongs to another request."""


@dataclass(frozen=True, slots=True)
class Request:
    """Who asks for a generation, and under which idempotency key."""

    user_id: UUID
    key: UUID
    digest: str

    @classmethod
    def of(cls, user_id: UUID, key: UUID, *parts: object) -> "Request":
        """`parts`: all that was asked. The same key with others is another request."""
        text = "\0".join(str(part) for part in parts)
        return cls(user_id, key, hashlib.sha256(text.encode()).hexdigest())


def earlier_generation(request: Request) -> Generation | None:
    """The generation that this very request made before. Raises KeyReused."""
    earlier = Generation.objects.filter(
        user_id=request.user_id, idempotency_key=request.key
    ).first()
    if earlier is not None and earlier.request_digest != request.digest:
        raise KeyReused
    return earlier


def submit(generation: Generation, *, owner_id: UUID) -> None:
    """Save a new generation, take its conversation's lock, count it, and send it on commit.

    To be called inside the transaction that saves the request and the placeholder of the
    result. Raises Busy; the caller's transaction must then be rolled back.
    """
    generation.save(force_insert=True)
    conversation = generation.conversation
    try:
        with transaction.atomic():
            key = conversation.key if conversation else {}
            GenerationLock.objects.create(generation=generation, **key)
    except IntegrityError as error:
        raise Busy from error
    if conversation:
        change_activity(conversation, user_id=owner_id, by=1)
    transaction.on_commit(lambda: send(generation.pk), robust=True)


def send(generation_id: UUID) -> None:
    """Hand a queued generation to the workers. When that fails the row stays the outbox: the
    sweep sends it again."""
    from activity.tasks import run_generation  # the task imports this module

    deliver(run_generation, generation_id)


def claim(generation_id: UUID, *, worker: str) -> Generation | None:
    """Take a queued generation, or None where somebody else has. The new epoch fences off
    every earlier holder."""
    rows = Generation.objects.raw(
        """
        UPDATE activity_generation SET
            state = 'running', epoch = epoch + 1, attempt = attempt + 1, worker = %s,
            started_at = clock_timestamp(),
            lease_until = clock_timestamp() + make_interval(secs => %s)
        WHERE id = %s AND state = 'queued'
        RETURNING *
        """,
        [worker, settings.LEASE_SECONDS, generation_id],
    )
    return next(iter(rows), None)


def renew(held: Sequence[tuple[UUID, int]]) -> set[UUID]:
    """Extend the leases of (generation, epoch) pairs; returns those that are still held.
    An expired lease that nobody has swept yet is extended too. A row that somebody is ending
    is skipped: to wait for it would let all the other leases expire. It still counts as held
    until that end is committed."""
    ids, epochs = (list(column) for column in zip(*held, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH held AS (
                SELECT g.id, g.epoch FROM activity_generation g
                JOIN unnest(%s::uuid[], %s::bigint[]) AS asked(id, epoch)
                    ON g.id = asked.id AND g.epoch = asked.epoch
                WHERE g.state = 'running'
            ), free AS (
                SELECT g.id FROM activity_generation g
                JOIN held ON g.id = held.id AND g.epoch = held.epoch
                WHERE g.state = 'running'
                FOR NO KEY UPDATE OF g SKIP LOCKED
            ), renewed AS (
                UPDATE activity_generation g
                SET lease_until = clock_timestamp() + make_interval(secs => %s)
                FROM free WHERE g.id = free.id
            )
            SELECT id FROM held
            """,
            [ids, epochs, settings.LEASE_SECONDS],
        )
        return {row[0] for row in cursor.fetchall()}


def save_chunks(chunks: Sequence[tuple[UUID, int, int, str]]) -> None:
    """Save (generation, epoch, offset in bytes, text) of generations that are still held.
    The row lock makes an ending wait, or this find it ended: no chunk outlives its generation.
    It does not conflict with `renew`. A chunk that is saved again, because nobody heard that it
    had been, may be longer than it was."""
    ids, epochs, offsets, texts = (list(column) for column in zip(*chunks, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH held AS (
                SELECT g.id, c.start, c.text
                FROM unnest(%s::uuid[], %s::bigint[], %s::bigint[], %s::text[])
                    AS c(id, epoch, start, text)
                JOIN activity_generation g
                    ON g.id = c.id AND g.epoch = c.epoch AND g.state = 'running'
                FOR KEY SHARE OF g
            )
            INSERT INTO activity_textchunk (generation_id, "offset", text)
            SELECT id, start, text FROM held
            ON CONFLICT (generation_id, "offset") DO UPDATE SET text = excluded.text
            """,
            [ids, epochs, offsets, texts],
        )


def hold(generation_id: UUID, *, epoch: int) -> None:
    """To be called first in a transaction that saves a finished part of a result: until that is
    committed the generation stays its holder's. Raises Lost."""
    rows = Generation.objects.filter(pk=generation_id, epoch=epoch, state=State.RUNNING)
    if not rows.select_for_update(no_key=True).exists():
        raise Lost


def finish(generation_id: UUID, *, epoch: int, outcome: Outcome) -> bool:
    """End a generation as its holder. False: it was ended or taken away before."""
    with transaction.atomic(durable=True):
        generation = (
            Generation.objects.select_for_update()
            .filter(pk=generation_id, epoch=epoch, state=State.RUNNING)
            .first()
        )
        if generation is None:
            return False
        _end(generation, outcome)
    return True


def give_back(generation_id: UUID, *, epoch: int, kind: str) -> bool:
    """Queue a generation again that its holder cannot finish, of a kind that resumes or that has
    produced nothing."""
    rows = Generation.objects.filter(
        pk=generation_id, epoch=epoch, state=State.RUNNING, attempt__lt=max_attempts(kind)
    )
    with transaction.atomic(durable=True):
        changed = rows.update(
            state=State.QUEUED, epoch=models.F("epoch") + 1, lease_until=None, sent_at=Now()
        )
        if changed:
            _forget_chunks(generation_id)
    if changed:
        send(generation_id)
    return bool(changed)


def _end(generation: Generation, outcome: Outcome) -> None:
    """Write the end of a generation whose row is locked and in flight. The order of locks
    (generation, conversation, generation lock, activity) is the same everywhere."""
    generation.state = outcome.state
    generation.epoch += 1
    generation.lease_until = None
    generation.error_code = outcome.error_code
    generation.error_detail = outcome.error_detail
    generation.prompt_tokens = outcome.usage.prompt_tokens
    generation.completion_tokens = outcome.usage.completion_tokens
    generation.cost = _cost(generation, outcome.usage)
    generation.seconds = outcome.seconds
    generation.first_output_seconds = outcome.first_output_seconds
    generation.ended_at = Now()
    generation.save()
    kind = kind_named(generation.kind)
    kind.settle(generation, outcome)
    GenerationLock.objects.filter(generation=generation).delete()
    conversation, owner_id = generation.conversation, generation.owner_id
    if conversation and owner_id:
        change_activity(conversation, user_id=owner_id, by=-1)
    TextChunk.objects.filter(generation=generation).delete()
    kind.after(generation, outcome)
    transaction.on_commit(lambda: store.forget(generation.pk, epoch=generation.epoch), robust=True)


def _cost(generation: Generation, usage: Usage) -> Decimal | None:
    """What the provider says that it took, else what the model's price makes of the tokens."""
    if usage.cost is not None or generation.model is None:
        return usage.cost
    if usage.prompt_tokens is None or usage.completion_tokens is None:
        return None
    return generation.model.text_cost(
        prompt_tokens=usage.prompt_tokens, completion_tokens=usage.completion_tokens
    )


def end_from_outside(
    generation_id: UUID, *, state: State, error_code: str = "", expired_only: bool = False
) -> bool:
    """End a generation that another process may be running: by a stop, or because its lease
    expired. The text so far is kept: what Redis has of the same epoch, or the saved chunks,
    whichever is longer. Both are prefixes of what the provider sent.

    False: it had ended, or (`expired_only`) its holder is alive.
    """
    seen = store.read_text(generation_id)
    thoughts = store.read_text(thoughts_id(generation_id))
    with transaction.atomic(durable=True):
        rows = Generation.objects.filter(pk=generation_id, state__in=IN_FLIGHT)
        if expired_only:
            rows = rows.filter(state=State.RUNNING, lease_until__lt=Now())
        generation = rows.select_for_update(skip_locked=expired_only).first()
        if generation is None:
            return False
        text = _text_so_far(generation, seen)
        if expired_only and _may_go_on(generation, text):
            return _queue_again(generation)
        reasoning = _reasoning_so_far(generation, thoughts)
        _end(generation, _outcome_from_outside(generation, state, error_code, text, reasoning))
    store.nudge_stop(generation_id)
    return True


def max_attempts(kind: str) -> int:
    attempts: int = settings.MAX_ATTEMPTS
    return attempts + 1 if kind_named(kind).resumes else attempts


def _may_go_on(generation: Generation, text: str) -> bool:
    if text and not kind_named(generation.kind).resumes:
        return False
    return generation.attempt < max_attempts(generation.kind)


def _queue_again(generation: Generation) -> bool:
    _forget_chunks(generation.pk)
    generation.state = State.QUEUED
    generation.epoch += 1
    generation.lease_until = None
    generation.sent_at = Now()
    generation.save(update_fields=["state", "epoch", "lease_until", "sent_at"])
    transaction.on_commit(lambda: send(generation.pk), robust=True)
    return True


def _forget_chunks(generation_id: UUID) -> None:
    """The next epoch begins its own text."""
    TextChunk.objects.filter(generation=generation_id).delete()


def _text_so_far(generation: Generation, seen: tuple[int, str] | None) -> str:
    chunks = TextChunk.objects.filter(generation=generation).order_by("offset")
    saved = "".join(chunks.values_list("text", flat=True))
    if seen is not None and seen[0] == generation.epoch and len(seen[1]) > len(saved):
        return seen[1]
    return saved


def _reasoning_so_far(generation: Generation, seen: tuple[int, str] | None) -> Reasoning:
    """What Redis has of it. Until the end it is saved nowhere else."""
    if seen is None or seen[0] != generation.epoch or not seen[1]:
        return Reasoning()
    scope = scope_of(thoughts_id(generation.pk))
    return Reasoning(seen[1], render(seen[1], scope=scope))


def _outcome_from_outside(
    generation: Generation, state: State, error_code: str, text: str, reasoning: Reasoning
) -> Outcome:
    started = generation.started_at
    return Outcome(
        state=state,
        text=text,
        html=render(text, scope=scope_of(generation.pk)),
        reasoning=reasoning,
        error_code=error_code,
        seconds=(timezone.now() - started).total_seconds() if started else None,
    )
