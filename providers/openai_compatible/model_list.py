"""GET {base}/models."""

import asyncio
from typing import Any

from providers.base import Endpoint
from providers.openai_compatible import limits
from providers.openai_compatible.parsing import parse
from providers.openai_compatible.retry import retried
from providers.openai_compatible.transport import Transport, read_up_to
from providers.sessions import Sessions


async def fetch_model_list(endpoint: Endpoint, sessions: Sessions) -> Any:
    """The list as the endpoint sent it."""
    transport = Transport(endpoint, sessions)

    async def ask() -> bytes:
        async with transport.request("GET", "/models") as response:
            return await read_up_to(response, limits.MODEL_LIST)

    body = await retried(ask)
    return await asyncio.to_thread(parse, body, "the list of models")
