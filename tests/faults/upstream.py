"""An OpenAI-compatible endpoint that misbehaves as told, in a thread of this process."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType

from accounts.models import User
from providers.models import AIModel, Provider
from tests.providers.wire import delta, head

Script = Callable[[socket.socket], None]


class Upstream:
    """Runs the script for each connection whose request it has read."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.requests = 0
        self.ended = threading.Event()

    def __enter__(self) -> "Upstream":
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self.ended.set()
        self._listener.close()

    def become_model_of(self, user: User) -> None:
        port = self._listener.getsockname()[1]
        provider = Provider.objects.create(name="Wire", base_url=f"http://127.0.0.1:{port}/v1")
        user.default_model = AIModel.objects.create(provider=provider, slug="wire", name="Wire")
        user.save()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            received = b""
            while b"\r\n\r\n" not in received:
                received += connection.recv(65536)
            self.requests += 1
            with suppress(OSError):  # hung up on
                self._script(connection)


def stream(connection: socket.socket, *texts: str) -> None:
    connection.sendall(head() + b"".join(delta(text) for text in texts))
