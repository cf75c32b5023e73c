"""A mock OpenAI-compatible endpoint with models that keep time (raw ASGI).

A model `mock-<tokens>-<tokens per second>` writes Markdown at that rate; 0 is as fast as can be.
Every token is one word `w<index>:<milliseconds of the clock, modulo a million>`, so whoever
reads it knows what is missing and how long each token was under way.
"""

import asyncio
import json
import os
import re
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import uvicorn

Send = Callable[[dict[str, Any]], Awaitable[None]]

CLOCK = 1_000_000
WORD = re.compile(r"w(\d+):(\d+)")
PAGE = 100  # words after which the layout of the text repeats
LATE_SECONDS = 0.02


def milliseconds() -> int:
    return int(time.time() * 1000) % CLOCK


def layout(index: int) -> tuple[str, str]:
    """What stands before and after a word: a heading, paragraphs, a list, code."""
    at = index % PAGE
    if at < 5:
        return ("## " if at == 0 else "", "\n\n" if at == 4 else " ")
    if at < 50:
        mark = "**" if at % 9 == 0 else ""
        return (mark, mark + ("\n\n" if at == 49 else " "))
    if at < 70:
        end = "\n\n" if at == 69 else "\n" if at % 5 == 4 else " "
        return ("- " if at % 5 == 0 else "", end)
    if at < 85:
        end = "\n```\n\n" if at == 84 else "\n" if at % 5 == 4 else " "
        return ("```python\n" if at == 70 else "", end)
    return ("", "\n\n" if at == 99 else " ")


def events(model: str, tokens: int) -> Iterator[tuple[bytes, bytes]]:
    """The server-sent event of each word, cut where its time belongs."""
    head = f'data: {{"id":"x","object":"chat.completion.chunk","model":"{model}","choices":['
    for index in range(tokens):
        before, after = (json.dumps(part)[1:-1] for part in layout(index))
        delta = f'{{"index":0,"delta":{{"content":"{before}w{index}:'
        yield (head + delta).encode(), f'{after}"}},"finish_reason":null}}]}}\n\n'.encode()


def ending(tokens: int) -> bytes:
    usage = {"prompt_tokens": 10, "completion_tokens": tokens, "total_tokens": tokens + 10}
    last = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "usage": usage}
    return f"data: {json.dumps(last)}\n\ndata: [DONE]\n\n".encode()


class Upstream:
    """The ASGI application. `late` counts words that it sent later than their rate says."""

    def __init__(self, models: list[str]) -> None:
        self.models = models
        self.requests = self.words = self.late = 0

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Send) -> None:
        path = scope["path"].removeprefix("/v1")
        if path == "/chat/completions":
            body = await self._body(receive)
            await self._chat(json.loads(body)["model"], send)
        elif path == "/models":
            await self._json(send, {"data": [{"id": name} for name in self.models]})
        else:
            counts = {"requests": self.requests, "words": self.words, "late": self.late}
            await self._json(send, counts)

    async def _body(self, receive: Any) -> bytes:
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        return body

    async def _json(self, send: Send, value: object) -> None:
        await self._start(send, b"application/json")
        await send({"type": "http.response.body", "body": json.dumps(value).encode()})

    async def _start(self, send: Send, content_type: bytes) -> None:
        headers = [(b"content-type", content_type)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})

    async def _chat(self, model: str, send: Send) -> None:
        tokens, rate = (int(part) for part in model.split("-")[1:3])
        self.requests += 1
        await self._start(send, b"text/event-stream")
        started = time.perf_counter()
        for index, (before, after) in enumerate(events(model, tokens)):
            await self._keep_time(started, index, rate)
            body = b"%s%d%s" % (before, milliseconds(), after)
            await send({"type": "http.response.body", "body": body, "more_body": True})
            self.words += 1
        await send({"type": "http.response.body", "body": ending(tokens)})

    async def _keep_time(self, started: float, index: int, rate: int) -> None:
        if not rate:
            if index % 64 == 63:
                await asyncio.sleep(0)  # let the other streams run
            return
        wait = started + index / rate - time.perf_counter()
        if wait > 0:
            await asyncio.sleep(wait)
        elif wait < -LATE_SECONDS:
            self.late += 1


def main() -> None:
    port, models = int(os.environ["BENCH_PORT"]), os.environ["BENCH_MODELS"].split()
    uvicorn.run(
        Upstream(models), port=port, loop="uvloop", http="httptools", ws="none",
        lifespan="off", access_log=False, log_level="warning", timeout_keep_alive=600,
    )  # fmt: skip


if __name__ == "__main__":
    main()
