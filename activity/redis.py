"""Clients of Redis or Valkey. It is memory and a messenger, never the truth: every caller must
live with an outage, so timeouts are short and named (redis-py's own waited a minute)."""

from collections.abc import AsyncIterator
from functools import cache
from typing import Any

import redis
import redis.asyncio
from django.conf import settings
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import ExponentialBackoff
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


def async_subscriber() -> redis.asyncio.Redis:
    """A client whose reads wait for ever, as a subscription's do: read it through `messages`."""
    return redis.asyncio.Redis.from_url(
        settings.REDIS_URL,
        socket_connect_timeout=TIMEOUT,
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
