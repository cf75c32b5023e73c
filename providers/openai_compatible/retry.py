"""Trying again, as long as nothing of an answer has been handed on."""

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import TypeVar

from providers.base import ProviderError, RateLimited, Unavailable
from providers.openai_compatible.errors import ConnectTimeout

Item = TypeVar("Item")

ATTEMPTS = 3
FIRST_PAUSE_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 30.0


def pause_before_retry(error: ProviderError, attempt: int) -> float | None:
    """Seconds to wait after failed attempt 1, 2...; None when it must not be tried again."""
    if attempt >= ATTEMPTS or not isinstance(error, RateLimited | Unavailable | ConnectTimeout):
        return None
    backoff = FIRST_PAUSE_SECONDS * 2.0 ** (attempt - 1) * random.uniform(0.5, 1.5)  # noqa: S311
    if error.retry_after is None:
        return backoff
    if error.retry_after > LONGEST_WAIT_SECONDS:
        return None
    # Many were told the same moment: spread them.
    return error.retry_after + backoff * 0.2


async def retried(attempt: Callable[[], Awaitable[Item]]) -> Item:
    for number in range(1, ATTEMPTS + 1):
        try:
            return await attempt()
        except ProviderError as error:
            pause = pause_before_retry(error, number)
            if pause is None:
                raise
        await asyncio.sleep(pause)
    raise AssertionError("the last attempt returns or raises")


async def retried_stream(
    attempt: Callable[[], AsyncGenerator[Item, None]],
) -> AsyncGenerator[Item, None]:
    for number in range(1, ATTEMPTS + 1):
        started = False
        try:
            async with aclosing(attempt()) as items:
                async for item in items:
                    started = True
                    yield item
            return
        except ProviderError as error:
            pause = None if started else pause_before_retry(error, number)
            if pause is None:
                raise
        await asyncio.sleep(pause)
