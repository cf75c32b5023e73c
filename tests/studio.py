"""The real thing as processes: web server, generate workers, and a client that speaks to both.

Used by the stack tests on pytest's own database, and by the fault tests on services of their
own that may be killed.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from redis import Redis

ROOT = Path(__file__).resolve().parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(
    condition: Callable[[], Any], *, seconds: float = 30, what: str = "condition"
) -> Any:
    """Poll until the condition is true; returns its value."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.05)


class Studio:
    """Web and workers on given services. `environment` must name DATABASE_URL and REDIS_URL,
    or an ATELIER_DATA_DIR whose services run."""

    running: "ClassVar[set[Studio]]" = set()

    def __init__(self, data: Path, environment: Mapping[str, str]) -> None:
        self.data = data
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **os.environ,
            "ATELIER_DATA_DIR": str(data),
            "ATELIER_QUEUE_PREFIX": f"t{self.port}.",
            "C_FORCE_ROOT": "1",
            **environment,
        }
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, *command: str) -> subprocess.Popen[bytes]:
        self.data.mkdir(parents=True, exist_ok=True)
        self.running.add(self)
        with (self.data / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", *command],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self.processes[name] = process
        return process

    def start_web(self) -> None:
        self.start(
            "web", "uvicorn", "config.asgi:application", "--port", str(self.port),
            "--ws", "websockets-sansio", "--ws-per-message-deflate", "false", "--loop", "uvloop",
            "--lifespan", "off",
            "--no-access-log",
        )  # fmt: skip
        wait_until(self.is_serving, seconds=60, what="the web server serves")

    def start_worker(
        self,
        name: str = "generate",
        *,
        queue: str = "generate",
        pool: str = "threads",
        concurrency: int = 40,
    ) -> None:
        self.start(
            name, "celery", "-A", "config", "worker", "-P", pool, "-c", str(concurrency),
            "-Q", queue, "-n", f"{name}-{self.port}@%h", "-l", "info",
            "--without-gossip", "--without-mingle", "--without-heartbeat",
        )  # fmt: skip
        log = self.data / f"{name}.log"
        size = log.stat().st_size
        wait_until(
            lambda: b" ready." in log.read_bytes()[max(0, size - 1) :] or None,
            seconds=60,
            what=f"worker {name} is ready",
        )

    def is_serving(self) -> bool:
        try:
            with urlopen(f"{self.url}/healthz", timeout=2) as answer:
                return bool(answer.status == 200)
        except (HTTPError, URLError, OSError):
            return False

    def signal(self, name: str, number: signal.Signals) -> None:
        self.processes[name].send_signal(number)

    def kill(self, name: str) -> None:
        """As a crash would: no clean-up of any kind."""
        process = self.processes.pop(name)
        process.kill()
        process.wait()

    def end(self, name: str) -> None:
        """As a shutdown would, if it runs: what it does is done."""
        if process := self.processes.pop(name, None):
            process.terminate()
            process.wait(30)

    def has_waiting(self, queue: str) -> bool:
        """Whether a task was sent there that no worker has taken yet."""
        prefix = self.environment["ATELIER_QUEUE_PREFIX"]
        with Redis.from_url(self.environment["REDIS_URL"]) as redis:
            return bool(redis.exists(f"{prefix}{queue}", f"{prefix}unacked"))

    def bury_the_dead(self) -> None:
        """Forget processes that have ended by themselves."""
        for name, process in list(self.processes.items()):
            if process.poll() is not None:
                del self.processes[name]

    def stop_others(self) -> None:
        """On the same tables their workers would help."""
        for other in self.running - {self}:
            other.stop()

    def stop(self) -> None:
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.processes.clear()
        self.running.discard(self)
