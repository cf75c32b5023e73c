"""How soon a person's other tabs hear of what was done in one: from the request to the frame."""

import asyncio
import json
import time
import uuid
from collections.abc import Awaitable

import aiohttp

from bench import rows
from bench.figures import Figure, median, percentile
from bench.scenarios import Bench
from bench.tab import Tab

TABS = 4
TIMES = 20
PATIENCE = 10.0  # seconds


class Follower(Tab):
    """A tab that only looks on."""

    async def hears(self, kind: str, words: str) -> float:
        """When the first frame of this kind with these words arrived."""
        async for message in self.socket:
            frame = json.loads(message.data)
            if isinstance(frame, dict) and frame["type"] == kind and words in message.data:
                return time.perf_counter()
        raise ConnectionError(f"the socket closed with {self.socket.close_code}")


def following(bench: Bench) -> list[Figure]:
    [session] = rows.sessions(1)
    model = rows.model_id(bench.size.short)
    renamed, sent = asyncio.run(_measure(bench.base, session, model))
    sidebar, spinner = (f"{TABS} tabs: {what}" for what in ("rename to sidebar", "send to spinner"))
    return [
        Figure(f"{sidebar} of the last p50", median(renamed), "ms"),
        Figure(f"{sidebar} of the last p95", percentile(renamed, 95), "ms", 300),
        Figure(f"{spinner} of the last p50", median(sent), "ms"),
        Figure(f"{spinner} of the last p95", percentile(sent, 95), "ms", 300),
    ]


async def _measure(base: str, session: str, model: str) -> tuple[list[float], list[float]]:
    async with aiohttp.ClientSession() as http, asyncio.timeout(120):
        tabs = [Follower(http, base, session) for _ in range(TABS)]
        for tab in tabs:
            await tab.connect()
        first, *others = tabs
        renamed, sent = [], []
        for _ in range(TIMES):
            first.thread, title = str(uuid.uuid4()), f"Clay {uuid.uuid4()}"
            sent.append(await _time(first.send(model), others, first.thread))
            renamed.append(await _time(_post(first, "rename/", {"title": title}), others, title))
            await _post(first, "stop/", {})
        await asyncio.gather(*(tab.socket.close() for tab in tabs))
    return renamed, sent


async def _time(act: Awaitable[None], others: list[Follower], words: str) -> float:
    """Milliseconds until the last of the others has heard."""
    began = time.perf_counter()
    async with asyncio.timeout(PATIENCE):
        hearing = asyncio.gather(*(one.hears("row", words) for one in others))
        await act
        heard = await hearing
    return (max(heard) - began) * 1000


async def _post(tab: Tab, path: str, fields: dict[str, str]) -> None:
    url = f"{tab.base}/chat/{tab.thread}/{path}"
    async with tab.http.post(url, data=fields, headers=tab.headers) as response:
        if response.status >= 400:
            raise ConnectionError(f"{path} was answered with {response.status}")
