"""An endpoint that writes captions and draws images when it is told to, and counts."""

import base64
import io
import json
import re
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from PIL import Image

from accounts.models import User
from providers.models import AIModel, Kind, Provider
from tests.providers.wire import delta

CAPTION = '{"caption": "First light on the new shelf.\\nCome & see.", "hashtags": ["clay", "kiln"]}'
SHOWN = "First light on the new shelf.\nCome & see."


class Painter:
    """`hold` names the models that wait for `release`, "words" being the one that writes, which
    waits in the middle; `fail` gives those that answer with a status instead."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.hold: set[str] = set()
        self.fail: dict[str, int] = {}
        self.released = threading.Event()
        self.models: dict[str, AIModel] = {}

    def release(self) -> None:
        self.hold.clear()
        self.released.set()

    def wait(self, model: str) -> None:
        if model in self.hold:
            self.released.wait(60)

    def become_models_of(self, user: User, port: int) -> None:
        provider = Provider.objects.create(name="Painter", base_url=f"http://127.0.0.1:{port}/v1")
        user.default_model = AIModel.objects.create(provider=provider, slug="words", name="Words")
        user.save()
        self.models = {
            slug: AIModel.objects.create(
                provider=provider,
                slug=slug,
                name=slug.title(),
                kind=Kind.IMAGE,
                image_edit=True,
                max_references=4,
                position=place,
            )
            for place, slug in enumerate(("one", "two", "three"))
        }


@contextmanager
def painting(user: User) -> Iterator[Painter]:
    painter = Painter()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            model = model_of(self.rfile.read(int(self.headers["Content-Length"])))
            painter.asked[model] += 1
            with suppress(OSError):  # hung up on
                if model in painter.fail:
                    self.answer(b'{"error": {"message": "no"}}', painter.fail[model])
                elif model == "words":
                    self.write()
                else:
                    painter.wait(model)
                    self.answer(json.dumps({"data": [{"b64_json": picture(model)}]}).encode())

        def write(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            for text in (CAPTION[:30], CAPTION[30:]):
                self.wfile.write(delta(text))
                self.wfile.flush()
                while "words" in painter.hold:  # without a gap that would be one too long
                    self.wfile.write(b": waiting\n\n")
                    self.wfile.flush()
                    painter.released.wait(0.3)
            self.wfile.write(b'data: {"choices": [{"finish_reason": "stop", "delta": {}}]}\n\n')
            self.wfile.write(b"data: [DONE]\n\n")

        def answer(self, body: bytes, status: int = 200) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    painter.become_models_of(user, server.server_address[1])
    try:
        yield painter
    finally:
        painter.release()
        server.shutdown()
        server.server_close()


def model_of(body: bytes) -> str:
    """A request to change images is a form."""
    found = re.search(rb'name="model"\r\n(?:[^\r\n]+\r\n)*\r\n([^\r\n]+)\r\n', body)
    return found[1].decode() if found else json.loads(body)["model"]


def picture(model: str) -> str:
    """Another one for each model."""
    colour = {"one": "red", "two": "green"}.get(model, "blue")
    file = io.BytesIO()
    Image.new("RGB", (64, 80), colour).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()
