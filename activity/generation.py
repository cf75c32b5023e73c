"""What a worker does with one generation: claim, prepare, run, finish."""

import asyncio
import time
from uuid import UUID

import structlog
from django.db import Error, InterfaceError, OperationalError, connection
from psycopg_pool import PoolTimeout

from activity import ledger
from activity.kinds import Outcome, Reasoning, kind_named
from activity.models import Generation, State
from activity.streaming.ids import scope_of
from activity.streaming.markdown import render
from activity.streaming.sink import TextSink
from activity.worker import Ended, Job, current_worker
from providers.base import ProviderError, Usage

log = structlog.get_logger(__name__)

FINISH_PATIENCE_SECONDS = 60.0
# Ended from outside, or the database was away when a part of the result was to be saved.
CUT_OFF = (asyncio.CancelledError, OperationalError, InterfaceError, PoolTimeout)


def run(generation_id: UUID) -> None:
    """Run a generation if it is still queued; a doubled delivery returns after one query."""
    worker = current_worker()
    generation = ledger.claim(generation_id, worker=worker.name)
    if generation is None:
        return
    with (
        structlog.contextvars.bound_contextvars(generation=str(generation_id)),
        worker.holding(generation) as job,
    ):
        outcome = _outcome_of(generation, job)
        if not job.lost:
            _finish(generation, outcome)


def _outcome_of(generation: Generation, job: Job) -> Outcome:
    kind = kind_named(generation.kind)
    try:
        work = kind.prepare(generation)
        connection.close()  # a stream may take minutes: it must not keep a connection
        ended = current_worker().run(generation, kind, work, job)
    except ProviderError as error:
        return _failure(error)
    except (Error, PoolTimeout) as error:  # before any output: somebody else may try
        log.warning("not_prepared", error=str(error))
        connection.close()
        return Outcome(State.INTERRUPTED, error_code="interrupted")
    except Exception as error:  # whatever breaks here must still end the generation
        log.exception("generation_broke")
        return _failure(error)
    return _outcome(ended)


def _failure(error: BaseException) -> Outcome:
    if isinstance(error, ProviderError):
        return Outcome(State.FAILED, error_code=error.code, error_detail=error.detail)
    return Outcome(State.FAILED, error_code="internal", error_detail=repr(error)[:2000])


def _outcome(ended: Ended) -> Outcome:
    sink, error = ended.sink, ended.error
    state, code, detail = State.COMPLETED, "", ""
    if isinstance(error, CUT_OFF):
        state, code = State.INTERRUPTED, "interrupted"
    elif error is not None:
        failure = _failure(error)
        state, code, detail = failure.state, failure.error_code, failure.error_detail
        log.info("provider_failed", code=code, detail=detail[:200])
    text = sink.text
    return Outcome(
        state=state,
        text=text,
        html=render(text, scope=scope_of(sink.generation_id)),
        reasoning=_reasoning(sink),
        error_code=code,
        error_detail=detail,
        usage=ended.usage or Usage(),
        seconds=sink.seconds,
        first_output_seconds=sink.first_output_seconds,
    )


def _reasoning(sink: TextSink) -> Reasoning:
    thoughts = sink.thoughts
    if thoughts is None:
        return Reasoning()
    html = render(thoughts.text, scope=scope_of(thoughts.generation_id))
    return Reasoning(thoughts.text, html, sink.thinking_seconds)


def _may_go_on(generation: Generation, outcome: Outcome) -> bool:
    cut_off = outcome.state == State.INTERRUPTED
    return cut_off and (kind_named(generation.kind).resumes or not outcome.text)


def _finish(generation: Generation, outcome: Outcome) -> None:
    """Write the end, waiting for a database that is away: the text is still in memory here."""
    patience = time.monotonic() + FINISH_PATIENCE_SECONDS
    while True:
        try:
            if _may_go_on(generation, outcome) and ledger.give_back(
                generation.pk, epoch=generation.epoch, kind=generation.kind
            ):
                return
            won = ledger.finish(generation.pk, epoch=generation.epoch, outcome=outcome)
            log.info("generation_ended", state=outcome.state, won=won, code=outcome.error_code)
            return
        except (Error, PoolTimeout) as error:
            connection.close()
            if time.monotonic() > patience:
                log.exception("generation_not_finished")  # its lease expires and it is swept
                return
            log.warning("finish_delayed", error=str(error))
            time.sleep(0.5)
