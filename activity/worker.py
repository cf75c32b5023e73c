"""What a generate worker is besides Celery: one event loop for all its streams, one heartbeat
for all its leases, and an ear for stops. Celery's threads only wait for the loop.

docs/adr/0002-streams-on-one-loop.md has the measurements that chose this.
"""

import asyncio
import atexit
import os
import socket
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

import structlog
import uvloop
from django.conf import settings
from redis.exceptions import RedisError

from activity.kinds import GenerationKind
from activity.models import Generation
from activity.redis import async_client, async_subscriber, messages
from activity.streaming.flusher import Flusher
from activity.streaming.sink import TextSink
from activity.streaming.store import STOPS_CHANNEL, Store
from providers.base import Usage
from providers.sessions import Sessions

log = structlog.get_logger(__name__)
T = TypeVar("T")
CLOSING = 5.0  # seconds for the loop to end with its process


@dataclass(slots=True)
class Job:
    """A claimed generation, from its claim to its end. `lost`: it is no longer this worker's."""

    epoch: int
    lost: bool = False
    sink: TextSink | None = None
    task: "asyncio.Task[Usage] | None" = None


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run on the loop ended: with a usage, or with an error."""

    sink: TextSink
    usage: Usage | None = None
    error: BaseException | None = None


class Worker:
    def __init__(self) -> None:
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        self.jobs: dict[UUID, Job] = {}
        self.loop = uvloop.new_event_loop()
        self.sessions: Sessions
        self.flusher: Flusher
        self._draining = self._closing = False
        ready = threading.Event()
        self._thread = threading.Thread(
            target=self._run_loop, args=[ready], name="streams", daemon=True
        )
        self._thread.start()
        ready.wait()
        atexit.register(self._close)

    # --- called from Celery's threads -------------------------------------------------------

    @contextmanager
    def holding(self, generation: Generation) -> Iterator[Job]:
        """Keep the lease of a claimed generation until the block ends."""
        job = self.jobs[generation.pk] = Job(generation.epoch)
        try:
            yield job
        finally:
            # A lost generation may have been claimed again by another thread of this worker.
            if self.jobs.get(generation.pk) is job:
                del self.jobs[generation.pk]

    def run(self, generation: Generation, kind: GenerationKind, work: object, job: Job) -> Ended:
        """Run prepared work on the loop and wait for its end."""
        coroutine = self._run(generation.pk, kind, work, job)
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result()

    def wait_for(self, work: Callable[[Sessions], Coroutine[Any, Any, T]], *, seconds: float) -> T:
        """Run work that is no generation on the loop. Raises TimeoutError, and what it raises."""
        limited = asyncio.wait_for(work(self.sessions), seconds)
        return asyncio.run_coroutine_threadsafe(limited, self.loop).result()

    def drain(self) -> None:
        """End what still runs: as interrupted, or queued again where nothing was produced."""
        self._draining = True
        self.loop.call_soon_threadsafe(self._cancel_all)

    def _close(self) -> None:
        """End the loop before the interpreter: uvloop, woken after that, crashes the process."""
        self._closing = True
        self.loop.call_soon_threadsafe(self._main_task.cancel)
        self._thread.join(CLOSING)

    # --- called from the heartbeat's thread -------------------------------------------------

    def held(self) -> list[tuple[UUID, int]]:
        return [(generation_id, job.epoch) for generation_id, job in list(self.jobs.items())]

    def renewed(self, lost: Sequence[tuple[UUID, int]], *, asked_at: float) -> None:
        """The leases were renewed but for these (generation, epoch) pairs, `asked_at` by the
        monotonic clock. In this order: a worker that slept past its lease must drop what it
        lost before it may publish again."""

        def apply() -> None:
            for generation_id, epoch in lost:
                self._lose(generation_id, epoch)
            self.flusher.resume(asked_at)

        self.loop.call_soon_threadsafe(apply)

    # --- on the loop ------------------------------------------------------------------------

    def _run_loop(self, ready: threading.Event) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_until_complete(self._main(ready))
        except BaseException:
            if self._closing:
                return
            # Without its loop a worker would hold leases and do nothing: it must be restarted.
            log.exception("streams_loop_broke")
            os._exit(1)

    async def _main(self, ready: threading.Event) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101
        self._main_task = task
        self.flusher = Flusher(Store(async_client()))
        async with Sessions(pace=self.flusher.pace) as self.sessions:
            ready.set()
            await asyncio.gather(
                self.flusher.run(), self.flusher.save_chunks_forever(), self._hear_stops()
            )

    async def _run(
        self, generation_id: UUID, kind: GenerationKind, work: object, job: Job
    ) -> Ended:
        sink = job.sink = self.flusher.open(generation_id, job.epoch)
        job.task = asyncio.ensure_future(kind.run(work, sink, self.sessions))
        if self._draining or job.lost:
            job.task.cancel()
        await asyncio.wait([job.task])
        await sink.drained.wait()
        if sink.thoughts is not None:
            await sink.thoughts.drained.wait()
        self.flusher.close(sink)
        if job.task.cancelled():
            return Ended(sink, error=sink.failure or asyncio.CancelledError())
        error = job.task.exception()
        return Ended(sink, error=error) if error else Ended(sink, usage=job.task.result())

    async def _hear_stops(self) -> None:
        """Cancel what was stopped. A message that is missed costs at most one heartbeat."""
        redis = async_subscriber()
        while True:
            try:
                async with redis.pubsub() as pubsub:
                    await pubsub.subscribe(STOPS_CHANNEL)
                    async for message in messages(pubsub):
                        if message["type"] == "message":
                            self._lose(UUID(message["data"].decode()))
            except (RedisError, OSError) as error:
                log.warning("stops_not_heard", error=str(error))
                await asyncio.sleep(1)

    def _lose(self, generation_id: UUID, epoch: int | None = None) -> None:
        """Drop a generation that has ended, or the claim of it that had this epoch: it may have
        come back to this very worker under a new one."""
        job = self.jobs.get(generation_id)
        if job is None or epoch not in (None, job.epoch):
            return
        job.lost = True
        if job.sink is not None:
            self.flusher.close(job.sink)
        if job.task is not None:
            job.task.cancel()

    def _cancel_all(self) -> None:
        for job in list(self.jobs.values()):
            if job.task is not None:
                job.task.cancel()


@cache
def current_worker() -> Worker:
    """The process's worker; made at the first call, never in a process that only sends."""
    return Worker()


def every(seconds: float, action: Callable[[], Any], *, name: str) -> None:
    """Run an action now and then for ever in a daemon thread, whatever it raises."""

    def forever() -> None:
        while True:
            try:
                action()
            except Exception:  # a worker without its heartbeat would lose all its answers
                log.exception("steady_work_failed", name=name)
            time.sleep(seconds)

    threading.Thread(target=forever, name=name, daemon=True).start()


def start_heartbeat() -> None:
    """Renew this worker's leases, and sweep those that others let expire. Two threads: a sweep
    speaks to Redis for each of many generations, and leases must not wait for its timeouts."""
    from activity.heartbeat import beat, sweep_others

    every(settings.HEARTBEAT_SECONDS, beat, name="heartbeat")
    every(settings.HEARTBEAT_SECONDS, sweep_others, name="sweep")
