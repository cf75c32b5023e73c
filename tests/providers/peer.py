"""A provider for tests of synchronous code: a small HTTP server on a thread of its own."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Peer:
    """Answers GET /models with `models`, chat with `word`, and all with `status`."""

    base_url: str = ""
    models: object = field(default_factory=lambda: {"data": [{"id": "m-1"}, {"id": "m-2"}]})
    word: str = "OK"
    status: int = 200
    chat_status: int = 200
    keys: list[str | None] = field(default_factory=list)


@contextmanager
def peer() -> Iterator[Peer]:
    state = Peer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._reply(state.status, state.models)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            choice = {"message": {"content": state.word}, "finish_reason": "stop"}
            self._reply(max(state.status, state.chat_status), {"choices": [choice]})

        def _reply(self, status: int, document: object) -> None:
            state.keys.append(self.headers["Authorization"])
            body = json.dumps(document if status == 200 else {"error": "no"}).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.base_url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
