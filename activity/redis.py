"""Clients of Redis or Valkey. It is memory and a messenger, never the truth: every caller must
live with an outage, so timeouts are short and named (redis-py's own waited a minute)."""

import asyncio
import math
from collections.abc import AsyncIterator, Sequence
from functools import cache
from typing import Any

import hiredis
import redis
import redis.asyncio
from django.conf import settings
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ResponseError
from redis.retry import Retry

TIMEOUT = 2.0
PING_SECONDS = 5.0


@cache
def client() -> redis.Redis:
    """The process's client for threads."""
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=TIMEOUT,
        socket_connect_timeout=TIMEOUT,
        health_check_interval=30,
        # Not after a timeout: three of them would be what a person waits for.
        retry=Retry(ExponentialBackoff(cap=0.2, base=0.02), 2, (redis.ConnectionError,)),
    )


def async_client() -> redis.asyncio.Redis:
    """A client for the running event loop."""
    return redis.asyncio.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=TIMEOUT,
        socket_connect_timeout=TIMEOUT,
        retry=AsyncRetry(ExponentialBackoff(cap=0.2, base=0.02), 1),
    )


async def send_together(
    client: redis.asyncio.Redis, commands: Sequence[tuple[Any, ...]]
) -> list[Any]:
    """Send commands (of str, bytes and int) in one write and return their answers; an error
    answer is returned, too.
    A pipeline for the hot path: redis-py's own packs in Python and asks for scripts each time.
    Raises RedisError or OSError; then some may have been done."""
    pool: Any = client.connection_pool
    connection = await pool.get_connection()
    answers: list[Any] = []
    try:
        async with asyncio.timeout(TIMEOUT):
            packed = b"".join([hiredis.pack_command(command) for command in commands])
            await connection.send_packed_command(packed, check_health=False)
            while len(answers) < len(commands):
                try:
                    answers.append(await connection.read_response(timeout=math.inf))
                except ResponseError as error:
                    answers.append(error)
    except BaseException:
        await connection.disconnect(nowait=True)  # answers of ours may still come on it
        raise
    finally:
        await pool.release(connection)
    return answers


def async_subscriber() -> redis.asyncio.Redis:
    """A client whose reads wait for ever, as a subscription's do: read it through `messages`, or
    watch it as the hub does. In the older protocol, for redis-py formats each message of the newer
    one for its log."""
    return redis.asyncio.Redis.from_url(
        settings.REDIS_URL,
        socket_connect_timeout=TIMEOUT,
        protocol=2,
        retry=AsyncRetry(ExponentialBackoff(cap=0.2, base=0.02), 0),
    )


async def messages(pubsub: PubSub) -> AsyncIterator[dict[str, Any]]:
    """What a subscription receives, confirmations and pongs too. Raises RedisError when the
    other end does not even answer a ping: a machine that vanished says no word of it."""
    asked = False
    while True:
        message = await pubsub.get_message(timeout=PING_SECONDS)
        if message is not None:
            asked = False
            yield message
        elif asked:
            raise redis.ConnectionError("no answer to a ping")
        else:
            asked = True
            await pubsub.ping()
