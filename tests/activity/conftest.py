import asyncio
from collections.abc import AsyncIterator

import pytest
from asgiref.sync import sync_to_async
from django.db import connection

from activity.live import hub as hubs
from activity.live import limits


@pytest.fixture
async def ended_hub() -> AsyncIterator[None]:
    """The hub of this test's loop ends with it."""
    yield
    hub = hubs.hub()
    while hub._task is not None and not hub._task.done():
        hub._task.cancel()  # asyncio.timeout loses one that comes with a message
        await asyncio.wait([hub._task], timeout=0.2)
    await hub.redis.aclose()
    hubs._hubs.clear()


@pytest.fixture
async def clean_hub(transactional_db: None, ended_hub: None) -> AsyncIterator[None]:
    """For tests with sockets. Reads that a closed one left behind are waited for: after the
    test they could not give their database connection back."""
    yield
    await asyncio.get_running_loop().shutdown_default_executor()
    # Of the thread that all `sync` calls share; looked up there, each thread has its own.
    await sync_to_async(lambda: connection.close())()
    limits._held.clear()
