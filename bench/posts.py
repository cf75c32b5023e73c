"""Posts made at the same moment: how long the pages wait for what the models have answered.

The provider is in this process, so it knows when each image left it; the users are too, and note
when their page shows it.
"""

import asyncio
import base64
import io
import json
import re
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web
from PIL import Image

from bench import rows
from bench.figures import Figure, median, percentile
from bench.host import free_port
from bench.processes import Meter
from providers.models import AIModel, Kind, Provider

MODELS = ("one", "two", "three")
WORDS = "First light on the new shelf. Come and see it on Saturday at ten."
DRAWING_SECONDS = (0.5, 1.0, 1.5)  # of each model
PATIENCE_SECONDS = 400.0
_SHOT = re.compile(r'<li class="shot[^"]*" id="image-[^"]+".*?</li>', re.DOTALL)
_PROMPT = re.compile(r"Post ([0-9a-f]{8})")


@dataclass
class Painter:
    """Writes a caption and draws images, and notes when each was asked for and answered."""

    asked: Counter[tuple[str, str]] = field(default_factory=Counter)
    answered: dict[tuple[str, str], float] = field(default_factory=dict)

    async def write(self, request: web.Request) -> web.StreamResponse:
        await request.read()
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        caption = json.dumps({"caption": WORDS, "hashtags": ["clay", "light"]})
        for part in re.findall(r"\S+\s*", caption):
            delta = {"choices": [{"index": 0, "delta": {"content": part}}]}
            await response.write(f"data: {json.dumps(delta)}\n\n".encode())
            await asyncio.sleep(0.02)
        end = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
        await response.write(f"data: {json.dumps(end)}\n\ndata: [DONE]\n\n".encode())
        return response

    async def draw(self, request: web.Request) -> web.Response:
        body = await request.json()
        found = _PROMPT.search(body["prompt"])
        key = (found[1] if found else "", body["model"])
        self.asked[key] += 1
        content = await asyncio.to_thread(picture, *key)
        await asyncio.sleep(DRAWING_SECONDS[MODELS.index(body["model"])])
        self.answered[key] = time.time()
        return web.json_response({"data": [{"b64_json": content}]})


def picture(name: str, model: str) -> str:
    """Another one each time, of the size that is asked for by default."""
    seed = int(name or "0", 16) * 3 + MODELS.index(model)
    tile = Image.frombytes("RGB", (16, 20), (seed.to_bytes(5, "big") * 192))
    file = io.BytesIO()
    tile.resize((896, 1152), Image.Resampling.BICUBIC).save(file, "PNG", compress_level=2)
    return base64.b64encode(file.getvalue()).decode()


@dataclass
class Maker:
    """A signed-in user who makes one post and watches its page."""

    base: str
    session: str
    name: str = field(default_factory=lambda: uuid.uuid4().hex[:8])
    post: str = field(default_factory=lambda: str(uuid.uuid4()))
    clicked: float = 0.0
    caption: float = 0.0
    shown: dict[str, float] = field(default_factory=dict)
    problem: str = ""

    async def make(self, http: aiohttp.ClientSession, models: dict[str, str]) -> None:
        csrf = uuid.uuid4().hex
        headers = {
            "Cookie": f"sessionid={self.session}; csrftoken={csrf}",
            "Origin": self.base,
            "X-CSRFToken": csrf,
            "Accept": "application/json",
        }
        url = self.base.replace("http", "ws", 1) + "/ws/"
        async with http.ws_connect(url, headers=headers, max_msg_size=0) as socket:
            await self._create(http, headers, models)
            opened = {"type": "open", "kind": "post", "id": self.post, "revision": 0}
            await socket.send_str(json.dumps(opened))
            async for message in socket:
                if self._hear(json.loads(message.data)):
                    return
        self.problem = "the socket closed"

    async def _create(
        self, http: aiohttp.ClientSession, headers: dict[str, str], models: dict[str, str]
    ) -> None:
        fields = [("id", self.post), ("prompt", f"Post {self.name}"), ("aspect_ratio", "4:5")]
        fields += [("text_model", models["words"]), *(("models", models[m]) for m in MODELS)]
        self.clicked = time.time()
        url = f"{self.base}/posts/create/"
        async with http.post(url, data=aiohttp.FormData(fields), headers=headers) as response:
            if response.status != 201:
                raise ConnectionError(f"create was answered with {response.status}")

    def _hear(self, frame: object) -> bool:
        """Whether all is shown."""
        if not isinstance(frame, dict) or frame.get("type") != "post":
            return False
        now = time.time()
        if WORDS in frame["content"]:
            self.caption = self.caption or now
        for shot in _SHOT.findall(frame["content"]):
            for model in MODELS:
                if f"Bench {model}</span>" in shot and "<picture" in shot:
                    self.shown.setdefault(model, now)
        return len(self.shown) == len(MODELS)


@asynccontextmanager
async def serving(painter: Painter, port: int) -> AsyncIterator[None]:
    app = web.Application()
    app.router.add_post("/v1/chat/completions", painter.write)
    app.router.add_post("/v1/images/generations", painter.draw)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield
    finally:
        await runner.cleanup()


async def make_all(
    base: str, sessions: Sequence[str], models: dict[str, str], port: int
) -> tuple[Painter, list[Maker]]:
    painter, makers = Painter(), [Maker(base, session) for session in sessions]

    async def one(maker: Maker, http: aiohttp.ClientSession) -> None:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await maker.make(http, models)
        except (TimeoutError, OSError, aiohttp.ClientError) as error:
            maker.problem = f"{type(error).__name__}: {error}"

    timeout = aiohttp.ClientTimeout(total=PATIENCE_SECONDS)
    connector = aiohttp.TCPConnector(limit=0)
    async with (
        serving(painter, port),
        aiohttp.ClientSession(connector=connector, timeout=timeout) as http,
    ):
        await asyncio.gather(*(one(maker, http) for maker in makers))
    return painter, makers


def own_models(port: int) -> dict[str, str]:
    """Name -> id of the painter's models, which it has at this port."""
    url = f"http://127.0.0.1:{port}/v1"
    provider, _ = Provider.objects.update_or_create(name="Bench", defaults={"base_url": url})
    kinds = {"words": Kind.TEXT} | dict.fromkeys(MODELS, Kind.IMAGE)
    found = {}
    for slug, kind in kinds.items():
        model, _ = AIModel.objects.get_or_create(
            provider=provider, slug=slug, kind=kind, defaults={"name": f"Bench {slug}"}
        )
        found[slug] = str(model.pk)
    return found


def measure(base: str, meter: Meter, users: int) -> list[Figure]:
    """One post alone, then this many at once."""
    port = free_port()
    models = own_models(port)
    figures = []
    for count in (1, users):
        sessions = rows.sessions(users)[:count]
        before = meter.memory()
        with meter.peak() as peak:
            painter, makers = asyncio.run(make_all(base, sessions, models, port))
        title = f"{count} posts of {len(MODELS)} images at once" if count > 1 else "1 post alone"
        figures += _figures(title, painter, makers)
        if count > 1:
            grown = peak.get("media", 0.0) - before.get("media", 0.0)
            figures.append(Figure(f"{title}: media worker's memory grows by", grown, "MB"))
    return figures


def _figures(title: str, painter: Painter, makers: Sequence[Maker]) -> list[Figure]:
    waits = [
        1000 * (shown - painter.answered[maker.name, model])
        for maker in makers
        for model, shown in maker.shown.items()
    ]
    captions = [1000 * (maker.caption - maker.clicked) for maker in makers if maker.caption]
    ends = [max(maker.shown.values()) - maker.clicked for maker in makers if maker.shown]
    lost = sum(len(MODELS) - len(maker.shown) for maker in makers)
    twice = sum(count - 1 for count in painter.asked.values())
    for problem, count in Counter(m.problem for m in makers if m.problem).most_common(3):
        print(f"    {count} x {problem}")
    return [
        Figure(f"{title}: click to whole caption p50", median(captions), "ms"),
        Figure(f"{title}: model's answer to image shown p50", median(waits), "ms"),
        Figure(f"{title}: model's answer to image shown p95", percentile(waits, 95), "ms"),
        Figure(f"{title}: all shown after", max(ends, default=float("nan")), "s"),
        Figure(f"{title}: images lost or paid twice", lost + twice, "", 0),
    ]
