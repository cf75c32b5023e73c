"""A line between browser and studio that a test may cut or make hang."""

import socket
import threading
from contextlib import suppress
from types import TracebackType
from urllib.parse import urlsplit


class Proxy:
    """Passes bytes on in both directions. While `hanging`, the connections that there are stay
    open and nothing goes through them any more, ever: as with a router that forgot them."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._target = (parts.hostname or "", parts.port or 80)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.accepted = 0  # connections so far
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._silent: set[socket.socket] = set()

    def __enter__(self) -> "Proxy":
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self._listener.close()
        self.cut()

    def hang(self) -> None:
        """All connections of this moment go silent; new ones work."""
        self._silent.update(one for pair in self._pairs for one in pair)

    def cut(self) -> None:
        for pair in self._pairs:
            for one in pair:
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
        self._pairs.clear()

    def _accept(self) -> None:
        while True:
            try:
                browser, _ = self._listener.accept()
                studio = socket.create_connection(self._target)
            except OSError:
                if self._listener.fileno() < 0:
                    return
                browser.close()
                continue
            self._pairs.append((browser, studio))
            self.accepted += 1
            for source, sink in ((browser, studio), (studio, browser)):
                threading.Thread(target=self._pass_on, args=[source, sink], daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if source not in self._silent:
                    sink.sendall(data)
            if source not in self._silent:
                sink.shutdown(socket.SHUT_RDWR)
