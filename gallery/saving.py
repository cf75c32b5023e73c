"""From the worker's event loop to the database."""

import asyncio
import time
from collections.abc import Callable
from typing import ParamSpec

import structlog
from asgiref.sync import sync_to_async
from django.db import (
    IntegrityError,
    InterfaceError,
    OperationalError,
    close_old_connections,
    connection,
)
from psycopg_pool import PoolTimeout

log = structlog.get_logger(__name__)
P = ParamSpec("P")

AWAY = (OperationalError, InterfaceError, PoolTimeout)
PATIENCE_SECONDS = 60.0
PAUSE_SECONDS = 0.5
TRIES = 3  # where what a part points to is deleted for good meanwhile


async def saved(save: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
    """Run a save in a thread, to its end also when the run is cancelled meanwhile: what is in
    hand is paid for. A database that is away is waited for, as the part is only here."""
    task = asyncio.ensure_future(
        sync_to_async(_patiently, thread_sensitive=False)(lambda: save(*args, **kwargs))
    )
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        if not task.cancelled() and (error := task.exception()):
            log.info("part_not_saved", error=repr(error))
        raise


def _patiently(save: Callable[[], None]) -> None:
    patience, tries = time.monotonic() + PATIENCE_SECONDS, 0
    while True:
        close_old_connections()
        try:
            return save()
        except AWAY as error:
            if time.monotonic() > patience:
                raise
            log.warning("part_delayed", error=str(error))
        except IntegrityError as error:
            tries += 1
            if tries == TRIES:
                raise
            log.warning("part_delayed", error=str(error))
        finally:
            connection.close()
        time.sleep(PAUSE_SECONDS)
