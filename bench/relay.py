"""The floor: the provider's stream into a websocket, byte for byte. Nothing is read, rendered,
stored or queued; what the studio costs above this is what it does."""

import os
from typing import Any

import aiohttp
import uvicorn


class Relay:
    """The page sends the name of a model and gets every network read as one frame."""

    def __init__(self, upstream: str) -> None:
        self.upstream = upstream
        self.session: aiohttp.ClientSession | None = None

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "websocket":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"ok"})
            return
        await receive()
        await send({"type": "websocket.accept"})
        model = (await receive())["text"]
        if self.session is None:
            self.session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0), timeout=aiohttp.ClientTimeout(None)
            )
        body = {"model": model, "stream": True, "messages": []}
        async with self.session.post(f"{self.upstream}/chat/completions", json=body) as response:
            async for data in response.content.iter_any():
                await send({"type": "websocket.send", "text": data.decode()})
        await send({"type": "websocket.close", "code": 1000})


def main() -> None:
    uvicorn.run(
        Relay(os.environ["BENCH_UPSTREAM"]), port=int(os.environ["BENCH_PORT"]),
        loop="uvloop", http="httptools", ws="websockets-sansio", lifespan="off",
        access_log=False, log_level="warning",
    )  # fmt: skip


if __name__ == "__main__":
    main()
