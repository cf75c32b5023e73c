"""Which generate workers are alive, by the marks that their heartbeats leave in Redis."""

from django.conf import settings
from redis.exceptions import RedisError

from activity.redis import client

_PREFIX = "worker:"


def mark_alive(name: str, jobs: int) -> None:
    """Raises RedisError."""
    client().set(_PREFIX + name, jobs, ex=int(settings.LEASE_SECONDS) + 1)


def generate_workers() -> int:
    """How many have beaten within the last lease; 0 too when Redis is away."""
    try:
        return sum(1 for _ in client().scan_iter(match=_PREFIX + "*", count=1000))
    except RedisError:
        return 0
