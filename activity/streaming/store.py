"""The text of running generations in Redis, for pages that join in the middle.

Three keys a generation: the raw text, its HTML, and a hash that says how much of both counts.
A flush appends and publishes in one script, so a subscriber that reads a snapshot after it
subscribed misses nothing and can drop what the snapshot already holds. Offsets count UTF-8
bytes of the text. What has ended leaves its last epoch behind for a while: a worker that slept
through the end can then not bring the text back.

The HTML ends in the open tail, which changes; SETRANGE overwrites only the part that differs,
so a flush costs its own length and not that of the answer. Bytes behind `html_bytes` are stale.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from redis.asyncio import Redis
from redis.exceptions import NoScriptError, RedisError

from activity.redis import client, send_together
from activity.streaming.ids import thoughts_id

log = structlog.get_logger(__name__)

EXPIRE_SECONDS = 3600
FENCE_SECONDS = 600
STOPS_CHANNEL = "generations:stop"

# KEYS state, text, html. ARGV epoch, start, end, text, html position, html, html_bytes,
# closed_bytes, channel, frame, expiry in seconds. Answers 0; 1 when Redis does not hold the text
# up to `start` (flushed, restarted); 2 when a later epoch has written or ended.
_APPEND = """
local state = redis.call('HMGET', KEYS[1], 'epoch', 'offset')
local epoch, start = tonumber(ARGV[1]), tonumber(ARGV[2])
local held = tonumber(state[1] or -1)
if held > epoch then return 2 end
if held < epoch then
  if start ~= 0 then return 1 end
  redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])
elseif tonumber(state[2]) ~= start then
  return 1
end
redis.call('APPEND', KEYS[2], ARGV[4])
if ARGV[6] ~= '' then redis.call('SETRANGE', KEYS[3], ARGV[5], ARGV[6]) end
redis.call('HSET', KEYS[1], 'epoch', ARGV[1], 'offset', ARGV[3],
           'html', ARGV[7], 'closed', ARGV[8])
if ARGV[5] == '0' then  -- the first block of the answer: the keys may be new
  for i = 1, 3 do redis.call('EXPIRE', KEYS[i], ARGV[11]) end
end
redis.call('PUBLISH', ARGV[9], ARGV[10])
return 0
"""

# KEYS state, text, html. ARGV epoch, offset, text, html, closed_bytes, channel, expiry.
_REPLACE = """
local held = tonumber(redis.call('HGET', KEYS[1], 'epoch') or -1)
if held > tonumber(ARGV[1]) then return 2 end
redis.call('SET', KEYS[2], ARGV[3])
redis.call('SET', KEYS[3], ARGV[4])
redis.call('HSET', KEYS[1], 'epoch', ARGV[1], 'offset', ARGV[2],
           'html', string.len(ARGV[4]), 'closed', ARGV[5])
for i = 1, 3 do redis.call('EXPIRE', KEYS[i], ARGV[7]) end
redis.call('PUBLISH', ARGV[6], '')
return 0
"""

APPENDED, MISSING, FENCED = 0, 1, 2


def channel(generation_id: UUID) -> str:
    return f"generation:{generation_id}"


def keys(generation_id: UUID) -> tuple[str, str, str]:
    base = channel(generation_id)
    return f"{base}:state", f"{base}:text", f"{base}:html"


@dataclass(frozen=True, slots=True)
class Flush:
    """What one tick adds to one generation. `frame` is for the sockets: see `frames`."""

    generation_id: UUID
    epoch: int
    start: int
    end: int
    text: str
    html_position: int
    html: str
    html_bytes: int
    closed_bytes: int
    frame: bytes


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All of a running answer: its HTML in two parts, up to this offset of its text."""

    epoch: int
    offset: int
    closed: str
    tail: str


# Its epoch is nobody's: any first frame follows on it.
NOTHING = Snapshot(epoch=-1, offset=0, closed="", tail="")


class Store:
    """The worker's side, on its event loop."""

    def __init__(self, redis: Redis) -> None:
        self.redis = redis
        self._append = redis.register_script(_APPEND)
        self._replace = redis.register_script(_REPLACE)

    async def append(self, flushes: list[Flush]) -> list[int]:
        """Write a tick in one round trip; one answer for each flush, in their order."""
        commands = [_append_command(self._append.sha, flush) for flush in flushes]
        answers = await send_together(self.redis, commands)
        missing = [at for at, answer in enumerate(answers) if isinstance(answer, NoScriptError)]
        if missing:  # the first ever, or the first since a restart
            await self.redis.script_load(self._append.script)
            again = await send_together(self.redis, [commands[at] for at in missing])
            for at, answer in zip(missing, again, strict=True):
                answers[at] = answer
        for answer in answers:
            if isinstance(answer, RedisError):
                raise answer
        return answers

    async def replace(
        self, generation_id: UUID, *, epoch: int, text: str, closed: str, tail: str
    ) -> None:
        """Write the whole text anew after an outage, and make every page read a snapshot."""
        await self._replace(
            keys=keys(generation_id),
            args=[
                epoch,
                len(text.encode()),
                text,
                closed + tail,
                len(closed.encode()),
                channel(generation_id),
                EXPIRE_SECONDS,
            ],
        )

    async def keep(self, generation_ids: list[UUID]) -> None:
        """Push the expiry of running generations' keys away."""
        async with self.redis.pipeline(transaction=False) as pipe:
            for generation_id in generation_ids:
                for key in keys(generation_id):
                    pipe.expire(key, EXPIRE_SECONDS)
            await pipe.execute()


def _append_command(sha: str, flush: Flush) -> tuple[Any, ...]:
    base = channel(flush.generation_id)
    return (
        "EVALSHA", sha, 3, f"{base}:state", f"{base}:text", f"{base}:html",
        flush.epoch, flush.start, flush.end, flush.text,
        flush.html_position, flush.html, flush.html_bytes, flush.closed_bytes,
        base, flush.frame, EXPIRE_SECONDS,
    )  # fmt: skip


async def read_snapshot(redis: Redis, generation_id: UUID) -> Snapshot | None:
    state_key, _, html_key = keys(generation_id)
    async with redis.pipeline(transaction=True) as pipe:
        pipe.hmget(state_key, ["epoch", "offset", "html", "closed"])
        pipe.get(html_key)
        state, html = await pipe.execute()
    return _snapshot(state, html)


def read_snapshot_sync(generation_id: UUID) -> Snapshot | None:
    """The same from a thread; None also when Redis does not answer."""
    state_key, _, html_key = keys(generation_id)
    try:
        with client().pipeline(transaction=True) as pipe:
            pipe.hmget(state_key, ["epoch", "offset", "html", "closed"])
            pipe.get(html_key)
            state, html = pipe.execute()
    except RedisError as error:
        log.warning("snapshot_not_read", error=str(error))
        return None
    return _snapshot(state, html)


def _snapshot(state: list[bytes | None], html: bytes | None) -> Snapshot | None:
    if state[0] is None or state[1] is None:
        return None
    epoch, offset, length, closed = (int(value or 0) for value in state)
    body = (html or b"")[:length]
    return Snapshot(epoch, offset, body[:closed].decode(), body[closed:].decode())


def read_text(generation_id: UUID) -> tuple[int, str] | None:
    """(epoch, text so far), or None where Redis has none or does not answer."""
    state_key, text_key, _ = keys(generation_id)
    try:
        with client().pipeline(transaction=True) as pipe:
            pipe.hget(state_key, "epoch")
            pipe.get(text_key)
            epoch, text = pipe.execute()
    except RedisError as error:
        log.warning("text_not_read", error=str(error))
        return None
    return (int(epoch), (text or b"").decode()) if epoch is not None else None


def forget(generation_id: UUID, *, epoch: int) -> None:
    """Drop the texts of a generation that has ended and refuse those of epochs before this one."""
    try:
        with client().pipeline(transaction=True) as pipe:
            for text_id in (generation_id, thoughts_id(generation_id)):
                state_key, *text_keys = keys(text_id)
                pipe.delete(state_key, *text_keys)
                pipe.hset(state_key, mapping={"epoch": epoch})
                pipe.expire(state_key, FENCE_SECONDS)
            pipe.execute()
    except RedisError as error:
        log.info("text_not_forgotten", error=str(error))  # it expires


def nudge_stop(generation_id: UUID) -> None:
    """Tell the workers that a generation has ended; who misses it learns it from the lease."""
    try:
        client().publish(STOPS_CHANNEL, str(generation_id))
    except RedisError as error:
        log.info("stop_not_nudged", error=str(error))
