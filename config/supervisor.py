"""Keeps the studio's processes running, and stops them in order.

`manage.py up` prepares everything and then becomes this program, through config/lean.py. One
thread and one loop: children are tied to the thread that starts them.
"""

import json
import os
import selectors
import signal
import socket
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO

from config.child import Child, Spec
from config.embedded import Embedded, EmbeddedError

PLAN_VARIABLE = "ATELIER_SUPERVISOR_PLAN"
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SLOW_SECONDS = 60.0


@dataclass(frozen=True)
class Probe:
    """The request that tells whether the web server serves."""

    host: str
    port: int
    host_header: str
    path: str = "/healthz"

    def status(self) -> int:
        """Return the HTTP status, 0 when nobody answers within a second."""
        request = (
            f"GET {self.path} HTTP/1.1\r\nHost: {self.host_header}\r\nConnection: close\r\n\r\n"
        )
        try:
            with socket.create_connection((self.host, self.port), 1) as connection:
                connection.sendall(request.encode())
                first = connection.makefile("rb").readline(1024)
            return int(first.split()[1])
        except (OSError, IndexError, ValueError):
            return 0


@dataclass(frozen=True)
class Plan:
    folder: str  # where the children work
    data: str
    specs: list[Spec]
    probe: Probe | None
    address: str  # what to open in a browser
    verbose: bool = False
    keeper: int | None = None  # descriptor of the connection to the embedded services
    environment: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Plan":
        values = json.loads(text)
        probe = values.pop("probe")
        specs = [Spec(**spec) for spec in values.pop("specs")]
        return cls(specs=specs, probe=Probe(**probe) if probe else None, **values)


class Supervisor:
    def __init__(self, plan: Plan, embedded: Embedded, out: IO[str]) -> None:
        self.plan, self.embedded, self.out = plan, embedded, out
        env = os.environ | plan.environment
        logs = Path(plan.data) / "logs"
        self.children = [Child(spec, env, Path(plan.folder), logs) for spec in plan.specs]
        self.signals: list[int] = []
        self.events = selectors.DefaultSelector()
        self.is_ready = self.was_slow = False
        self.begun = time.monotonic()
        self.services_at = 0.0  # when to try again to start the embedded services
        self.services_said = ""

    def run(self) -> int:
        """Run until a signal comes; return the exit code."""
        self._catch_signals()
        self._watch_services()
        problem = ""
        while not self.signals and not problem:
            self._look_after_services()
            problem = self._look_after_children()
            if not self.is_ready:
                self._look_whether_ready()
            self._wait(self._patience())
        if problem:
            self.say(problem)
        elif sys.stdout.isatty():
            self.say("Stopping. Ctrl-C again ends everything at once.")
        self._stop()
        return 1 if problem else 0

    def say(self, text: str) -> None:
        with suppress(OSError):  # the terminal may be gone
            self.out.write(text + "\n")
            self.out.flush()

    # --- waiting

    def _catch_signals(self) -> None:
        woken, wake = socket.socketpair()
        woken.setblocking(False)
        wake.setblocking(False)
        self.wake_pair = (woken, wake)
        signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
        for number in STOP_SIGNALS:
            signal.signal(number, lambda number, _: self.signals.append(number))
        signal.signal(signal.SIGCHLD, lambda *_: None)  # only to wake us
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)  # `up` blocked them
        self.events.register(woken, selectors.EVENT_READ)

    def _patience(self) -> float | None:
        now = time.monotonic()
        waits = [child.start_at - now for child in self.children if not child.is_running]
        if not self.is_ready and self.plan.probe:
            waits.append(0.1)
        if self.services_at:
            waits.append(self.services_at - now)
        return max(0.0, min(waits)) if waits else None

    def _wait(self, seconds: float | None) -> None:
        for key, _ in self.events.select(seconds):
            if isinstance(key.data, Child):
                self._read(key.data)
            elif key.fileobj is self.embedded.connection:
                self._hear_services()
            else:
                with suppress(BlockingIOError):
                    self.wake_pair[0].recv(4096)

    # --- children

    def _look_after_children(self) -> str:
        """Start who is due; return why to give up, "" to go on."""
        now = time.monotonic()
        for child in self.children:
            if child.process is not None and not child.is_running:
                self._bury(child)
            if child.is_hopeless:
                name, line = child.spec.name, child.telling_line()
                return f"{name} does not start: {line} (all of it is in {child.log.path})"
            if child.process is None and now >= child.start_at:
                self._start(child)
        return ""

    def _start(self, child: Child) -> None:
        try:
            child.start()
        except OSError as error:
            child.deaths += 1
            child.start_at = time.monotonic() + 1.0
            child.last_lines.append(str(error))
            return
        self.events.register(child.output, selectors.EVENT_READ, child)  # type: ignore[arg-type]

    def _bury(self, child: Child) -> None:
        while child.output and self._read(child):
            pass
        how = child.note_death()
        self._forget_output(child)
        if child.has_settled or self.is_ready:
            self.say(f"{child.spec.name} ended ({how}); it is started again.")

    def _read(self, child: Child) -> bool:
        lines = child.read()
        if lines is None:
            self._forget_output(child)
            return False
        if self.plan.verbose:
            for line in lines:
                self.say(f"{child.spec.name:>8} | {line}")
        return bool(lines)

    def _forget_output(self, child: Child) -> None:
        if child.output:
            self.events.unregister(child.output)
            child.close_output()

    def _look_whether_ready(self) -> None:
        if self.plan.probe is None:
            self.is_ready = all(child.is_running for child in self.children)
        else:
            status = self.plan.probe.status()
            self.is_ready = status == 200
            if not self.was_slow and time.monotonic() - self.begun > SLOW_SECONDS:
                self.was_slow = True
                answer = f"answers {status}" if status else "does not answer"
                self.say(f"The web server {answer} yet; see {self.plan.data}/logs/web.log")
        if self.is_ready:
            self.say(f"Atelier is ready: {self.plan.address}  (Ctrl-C stops it)")

    # --- embedded services

    def _watch_services(self) -> None:
        if self.embedded.connection:
            self.embedded.connection.setblocking(False)
            self.events.register(self.embedded.connection, selectors.EVENT_READ)

    def _hear_services(self) -> None:
        connection = self.embedded.connection
        if connection is None:
            return
        try:
            heard = connection.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            heard = b""
        if not heard:  # the keeper itself was killed, and the services with it
            self.events.unregister(connection)
            connection.close()
            self.embedded.connection = None
            self.services_at = time.monotonic()
            self.say("The embedded services ended; they are started again.")
        for line in heard.decode(errors="replace").splitlines():
            self.say(line.removeprefix("notice "))

    def _look_after_services(self) -> None:
        if not self.services_at or time.monotonic() < self.services_at:
            return
        try:
            self.embedded.start()
        except EmbeddedError as error:
            if str(error) != self.services_said:
                self.say(str(error))
            self.services_said = str(error)
            self.services_at = time.monotonic() + 2.0
        else:
            self.services_at, self.services_said = 0.0, ""
            self._watch_services()

    # --- the end

    def _stop(self) -> None:
        self.signals.clear()
        for stage in sorted({child.spec.stage for child in self.children}):
            self._stop_together([child for child in self.children if child.spec.stage == stage])
        if self.embedded.connection:
            self.events.unregister(self.embedded.connection)
            self.embedded.stop()
            self._bury_the_keeper()

    def _bury_the_keeper(self) -> None:
        """Collect it where `up`, which we were before, started it."""
        deadline = time.monotonic() + 1
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG) == (0, 0) and time.monotonic() < deadline:
                time.sleep(0.01)

    def _stop_together(self, children: list[Child]) -> None:
        for child in children:
            child.terminate()
        begun, killed = time.monotonic(), list[Child]()
        while any(child.is_running for child in children) and not self.signals:
            late = time.monotonic() - begun
            for child in [child for child in children if child.is_running and child not in killed]:
                if late > child.spec.grace:
                    self.say(f"{child.spec.name} did not end in time; it is killed.")
                    child.kill()
                    killed.append(child)
            self._wait(0.1)
        for child in children:
            child.kill()
            if child.process:
                child.process.wait()
            self._forget_output(child)


def main() -> None:
    # Not an argument: the children's queue names in it would confuse whoever reads `ps`.
    plan = Plan.from_json(os.environ.pop(PLAN_VARIABLE))
    embedded = Embedded(Path(plan.data))
    if plan.keeper is not None:
        embedded.adopt(plan.keeper)
    sys.exit(Supervisor(plan, embedded, sys.stdout).run())
