"""GET {base}/models."""

import asyncio
from typing import Any
from urllib.parse import urlsplit

from providers.base import Endpoint
from providers.openai_compatible import limits
from providers.openai_compatible.parsing import parse
from providers.openai_compatible.retry import retried
from providers.openai_compatible.transport import Transport, read_up_to
from providers.sessions import Sessions

MOST_MODELS = 10_000


async def fetch_model_list(endpoint: Endpoint, sessions: Sessions) -> Any:
    """The list as the endpoint sent it; one that comes in pages as one list."""
    transport = Transport(endpoint, sessions)
    found = await _page(transport, "/models" + _query(endpoint))
    entries = found.get("data") if isinstance(found, dict) else None
    if not isinstance(entries, list):
        return found
    page, everything = found, [*entries]
    while (query := _next(page)) and len(everything) < MOST_MODELS:
        page = await _page(transport, f"/models?{query}")
        more = page.get("data") if isinstance(page, dict) else None
        if not isinstance(more, list) or not more:
            break
        everything += more
    return {"data": everything}


async def _page(transport: Transport, path: str) -> Any:
    async def ask() -> bytes:
        async with transport.request("GET", path) as response:
            return await read_up_to(response, limits.MODEL_LIST)

    body = await retried(ask)
    return await asyncio.to_thread(parse, body, "the list of models")


def _query(endpoint: Endpoint) -> str:
    """OpenRouter leaves out what answers with images only, unless asked."""
    host = urlsplit(endpoint.base_url).hostname or ""
    named = host == "openrouter.ai" or host.endswith(".openrouter.ai")
    return "?output_modalities=text,image" if named else ""


def _next(page: Any) -> str:
    """Of the address of the next page only the query: it never leads elsewhere."""
    links = page.get("links") if isinstance(page, dict) else None
    address = links.get("next") if isinstance(links, dict) else None
    return urlsplit(address).query if isinstance(address, str) else ""
