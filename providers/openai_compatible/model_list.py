"""GET {base}/models."""

import asyncio
from typing import Any

import msgspec

from providers.base import Endpoint, MalformedAnswer
from providers.openai_compatible import limits
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
    try:
        return await asyncio.to_thread(msgspec.json.decode, body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise MalformedAnswer(f"the list of models is not JSON: {body[:200]!r}") from None
