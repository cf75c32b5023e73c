"""The images of OpenRouter's chat answers: no public server speaks them, so this does, with the
refusals that the real one is known for."""

import base64
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

ONLY_IMAGES = {"black-forest-labs/flux.2-flex", "bytedance-seed/seedream-4.5"}
RATIOS = {"1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9"}
SIZES = {"1K", "2K", "4K"}
# A list of another endpoint, an error, a text in place of an image, or images.
Answer = Sequence[bytes] | str | web.Response


@dataclass
class Router:
    """`answers`: by prompt; the last of several is given again and again."""

    answers: Mapping[str, list[Answer]]
    base_url: str = ""
    requests: list[dict[str, Any]] = field(default_factory=list)

    async def complete(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.requests.append(body)
        if refusal := _refusal(body):
            return refusal
        found = self.answers[_prompt(body)]
        answer = found.pop(0) if len(found) > 1 else found[0]
        if isinstance(answer, web.Response):
            return answer
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for event in _events(answer):
            await response.write(b"data: " + event + b"\n\n")
        return response


def error(status: int, message: str, **headers: str) -> web.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return web.json_response(
        {"error": {"message": message, "code": status}}, status=status, headers=named
    )


def _refusal(body: dict[str, Any]) -> web.Response | None:
    if body["model"] in ONLY_IMAGES and "text" in body["modalities"]:
        asked = ", ".join(body["modalities"])
        return error(
            404, f"No endpoints found that support the requested output modalities: {asked}"
        )
    shape = body.get("image_config", {})
    if shape.get("aspect_ratio", "1:1") not in RATIOS or shape.get("image_size", "1K") not in SIZES:
        return error(400, "Invalid image_config")
    return None


def _prompt(body: dict[str, Any]) -> str:
    content = body["messages"][-1]["content"]
    return content if isinstance(content, str) else content[0]["text"]


def _events(answer: Sequence[bytes] | str) -> list[bytes]:
    texts = [answer] if isinstance(answer, str) else ["Here it is."]
    images = [] if isinstance(answer, str) else [
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{encoded(one)}"}}
        for one in answer
    ]  # fmt: skip
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": text} for text in texts]
    deltas += [{"role": "assistant", "content": "", "images": [image]} for image in images]
    events: list[dict[str, Any]] = [{"choices": [{"index": 0, "delta": one}]} for one in deltas]
    events.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    usage = {"prompt_tokens": 7, "completion_tokens": 1290, "cost": 0.0387}
    events.append({"choices": [], "usage": usage})
    return [*(json.dumps(event).encode() for event in events), b"[DONE]"]


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


@asynccontextmanager
async def openrouter(answers: Mapping[str, list[Answer]]) -> AsyncIterator[Router]:
    router = Router(answers)
    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_post("/api/v1/chat/completions", router.complete)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    router.base_url = f"http://{host}:{port}/api/v1"
    try:
        yield router
    finally:
        await runner.cleanup()
