"""Clients of Redis or Valkey. It is memory and a messenger, never the truth: every caller must
live with an outage, so timeouts are short and named (redis-py's own waited a minute)."""

from functools import cache

import redis
import redis.asyncio
from django.conf import settings
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import ExponentialBackoff
from redis.retry import Retry

TIMEOUT = 2.0


@cache
def client() -> redis.Redis:
    """The process's client for threads."""
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=TIMEOUT,
        socket_connect_timeout=TIMEOUT,
        health_check_interval=30,
        retry=Retry(ExponentialBackoff(cap=0.2, base=0.02), 2),
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
    """A client whose reads wait for ever, as a subscription's do; dead peers are found by pings."""
    return redis.asyncio.Redis.from_url(
        settings.REDIS_URL,
        socket_connect_timeout=TIMEOUT,
        health_check_interval=15,
        retry=AsyncRetry(ExponentialBackoff(cap=0.2, base=0.02), 0),
    )
