"""One process of the studio under the supervisor: its output, its deaths, its end."""

import os
import signal
import subprocess
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from config.embedded.parent import die_with

MAX_LOG = 5 * 1024 * 1024  # bytes; one older file of the same size is kept beside it
SETTLED_SECONDS = 10.0
SLOWEST_RESTART = 10.0
HOPELESS = 5  # deaths in a row of a child that never settled


@dataclass(frozen=True)
class Spec:
    name: str
    argv: list[str]
    stage: int = 0  # lower stages are stopped first, and their end is waited for
    grace: float = 5.0  # seconds from SIGTERM to SIGKILL


class BoundedLog:
    """A log file of limited size. A full disk loses lines; it must not end the studio."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.file: BinaryIO | None = None

    def write(self, data: bytes) -> None:
        with suppress(OSError):
            if self.file is None:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self.file = self.path.open("ab", buffering=0)
            self.file.write(data)
            if self.file.tell() > MAX_LOG:
                self.file.close()
                self.file = None
                self.path.replace(self.path.with_name(self.path.name + ".1"))


class Child:
    def __init__(self, spec: Spec, env: dict[str, str], folder: Path, logs: Path) -> None:
        self.spec, self.env, self.folder = spec, env, folder
        self.log = BoundedLog(logs / f"{spec.name}.log")
        self.process: subprocess.Popen[bytes] | None = None
        self.output: BinaryIO | None = None
        self.rest = b""  # of the line whose end has not come
        self.last_lines: deque[str] = deque(maxlen=40)
        self.has_settled = False
        self.deaths = 0  # in a row, each within SETTLED_SECONDS
        self.begun = 0.0
        self.start_at = 0.0

    def start(self) -> None:
        """Start it in a session of its own: Ctrl-C in the terminal is the supervisor's alone."""
        self.begun = time.monotonic()
        self.last_lines.clear()
        self.process = subprocess.Popen(  # noqa: S603
            self.spec.argv,
            cwd=self.folder,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            bufsize=0,
            start_new_session=True,
            preexec_fn=die_with(os.getpid(), signal.SIGKILL),
        )
        assert self.process.stdout is not None  # noqa: S101
        self.output = self.process.stdout  # type: ignore[assignment]
        os.set_blocking(self.process.stdout.fileno(), False)

    def read(self) -> list[str] | None:
        """Log what it printed and return the whole lines of it, None at the end."""
        try:
            data = os.read(self.output.fileno(), 65536) if self.output else b""
        except BlockingIOError:
            return []
        if not data:
            return None
        self.log.write(data)
        *lines, self.rest = (self.rest + data).split(b"\n")
        self.rest = self.rest[-65536:]
        texts = [line.decode(errors="replace").rstrip() for line in lines]
        self.last_lines.extend(text for text in texts if text)
        return texts

    def close_output(self) -> None:
        if self.output:
            self.output.close()
            self.output = None

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def is_hopeless(self) -> bool:
        return not self.has_settled and self.deaths >= HOPELESS

    def settle(self) -> None:
        self.has_settled = True
        self.deaths = 0

    def note_death(self) -> str:
        """Plan the next start and return how it died, in words."""
        assert self.process is not None  # noqa: S101
        code = self.process.returncode
        now = time.monotonic()
        if now - self.begun > SETTLED_SECONDS:
            self.settle()
        self.deaths += 1
        self.kill()  # what it started may have outlived it
        self.process = None
        self.start_at = now + min(2.0 ** (self.deaths - 1) * 0.25, SLOWEST_RESTART)
        return f"killed by signal {-code}" if code < 0 else f"exit code {code}"

    def terminate(self) -> None:
        if self.process is not None and self.is_running:
            self.process.terminate()

    def kill(self) -> None:
        """Kill the process and all that it started."""
        if self.process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)

    def telling_line(self) -> str:
        """Return the line of its last output that most likely says why it died."""
        lines = list(self.last_lines)
        telling = [line for line in lines if "rror" in line or "ritical" in line]
        return (telling or lines or ["it printed nothing"])[-1]
