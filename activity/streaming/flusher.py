"""One flusher per worker process: text of all running generations to Redis and Postgres."""

import asyncio
import time
from uuid import UUID

import structlog
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import Error, close_old_connections, connection
from psycopg_pool import PoolTimeout
from redis.exceptions import RedisError

from activity import ledger
from activity.streaming.ids import thoughts_id
from activity.streaming.sink import TextSink
from activity.streaming.store import APPENDED, MISSING, Flush, Store
from providers.pace import Pace

log = structlog.get_logger(__name__)

KEEP_SECONDS = 600.0
TOGETHER = 40  # generations: their frames travel while the next ones are rendered
READ_SECONDS = 0.003  # for what the streams that rested have waiting


class Flusher:
    """Every tick, one pipeline to Redis for all generations that have new text; every few
    seconds, one INSERT into Postgres. Both may be away: the sinks hold the whole text, so
    Redis is written anew once it is back, and unsaved chunks are saved then."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.sinks: dict[UUID, TextSink] = {}
        self._dirty: dict[UUID, TextSink] = {}
        self._stale: set[UUID] = set()  # Redis does not hold their text
        self._work = asyncio.Event()
        self.pace = Pace(self._work.set)
        self._renewed = time.monotonic()

    def resume(self, renewed_at: float) -> None:
        """The leases are renewed. A worker whose leases may have expired publishes nothing."""
        self._renewed = max(self._renewed, renewed_at)

    def open(self, generation_id: UUID, epoch: int) -> TextSink:
        sink = self.sinks[generation_id] = TextSink(
            generation_id,
            epoch,
            wake=self._mark,
            open_thoughts=lambda: self._open_thoughts(generation_id, epoch),
        )
        return sink

    def _open_thoughts(self, generation_id: UUID, epoch: int) -> TextSink:
        own_id = thoughts_id(generation_id)
        limit = settings.MAX_REASONING_CHARS
        sink = TextSink(own_id, epoch, wake=self._mark, limit=limit, is_saved=False)
        self.sinks[own_id] = sink
        return sink

    def close(self, sink: TextSink) -> None:
        """Forget a sink; a no-op when a newer claim of the same generation has replaced it."""
        if self.sinks.get(sink.generation_id) is sink:
            del self.sinks[sink.generation_id]
            self._stale.discard(sink.generation_id)
            self._dirty.pop(sink.generation_id, None)
        sink.drained.set()
        if sink.thoughts is not None:
            self.close(sink.thoughts)

    def _mark(self, sink: TextSink) -> None:
        self._dirty[sink.generation_id] = sink
        self._work.set()

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            await self._work.wait()
            self._work.clear()
            if self.pace.go_on():
                await asyncio.sleep(READ_SECONDS)
            await self._flush()
            # The grid keeps its phase under load, and never tries to catch up on missed ticks.
            due = max(due + settings.FLUSH_SECONDS, loop.time())
            await asyncio.sleep(due - loop.time())

    async def _flush(self) -> None:
        if time.monotonic() - self._renewed > settings.LEASE_SECONDS:
            self._work.set()
            return
        dirty, self._dirty = list(self._dirty.values()), {}
        is_there = True
        for start in range(0, len(dirty), TOGETHER):
            is_there = await self._publish(dirty[start : start + TOGETHER], is_there)

    async def _publish(self, dirty: list[TextSink], is_there: bool) -> bool:
        """Whether Redis is there; once it was away, the rest of the tick does not wait for it."""
        # A sink may have been closed while the ones before it were on their way.
        still = [sink for sink in dirty if self.sinks.get(sink.generation_id) is sink]
        pairs = [(sink, flush) for sink in still if (flush := self._take(sink)) is not None]
        if not pairs:
            return is_there
        if is_there:
            is_there = await self._send(pairs)
        if not is_there:
            self._stale.update(sink.generation_id for sink, _ in pairs)
        for sink, _ in pairs:
            sink.settle()
        return is_there

    async def _send(self, pairs: list[tuple[TextSink, Flush]]) -> bool:
        try:
            await self._append([one for one in pairs if one[0].generation_id not in self._stale])
            for generation_id in list(self._stale):
                await self._rebuild(generation_id)
        except (RedisError, OSError) as error:
            log.warning("text_not_published", generations=len(pairs), error=str(error))
            return False
        return True

    def _take(self, sink: TextSink) -> Flush | None:
        try:
            return sink.take_flush()
        except Exception as error:  # one answer that cannot be rendered must not end the others
            log.exception("text_not_rendered", generation=str(sink.generation_id))
            sink.fail(error)
            return None

    async def _append(self, pairs: list[tuple[TextSink, Flush]]) -> None:
        if not pairs:
            return
        answers = await self.store.append([flush for _, flush in pairs])
        for (sink, _), answer in zip(pairs, answers, strict=True):
            if answer == MISSING:
                self._stale.add(sink.generation_id)
            elif answer != APPENDED:
                log.info("text_fenced", generation=str(sink.generation_id))

    async def _rebuild(self, generation_id: UUID) -> None:
        sink = self.sinks.get(generation_id)
        if sink is not None:
            renderer = sink.renderer
            await self.store.replace(
                generation_id,
                epoch=sink.epoch,
                text=renderer.text,
                closed=renderer.closed_html,
                tail=renderer.tail_html,
            )
        self._stale.discard(generation_id)

    async def save_chunks_forever(self) -> None:
        loop = asyncio.get_running_loop()
        kept = loop.time()
        while True:
            await asyncio.sleep(settings.CHUNK_SECONDS)
            await self.save_chunks()
            if loop.time() - kept > KEEP_SECONDS and self.sinks:
                kept = loop.time()
                try:
                    await self.store.keep(list(self.sinks))
                except (RedisError, OSError) as error:
                    log.warning("text_not_kept", error=str(error))

    async def save_chunks(self) -> None:
        taken = [
            (sink, chunk)
            for sink in self.sinks.values()
            if (chunk := sink.take_chunk()) is not None
        ]
        if not taken:
            return
        try:
            await sync_to_async(_save, thread_sensitive=False)([chunk for _, chunk in taken])
        except (Error, PoolTimeout) as error:
            log.warning("chunks_not_saved", generations=len(taken), error=str(error))
            for sink, chunk in taken:
                sink.put_back(chunk)


def _save(chunks: list[tuple[UUID, int, int, str]]) -> None:
    close_old_connections()
    try:
        ledger.save_chunks(chunks)
    finally:
        connection.close()
