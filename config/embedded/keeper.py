"""The process that owns the services of one data folder.

Users of the services connect to `run/keeper.sock` and stay connected for as long as they need
them. The kernel closes the connection of a user that dies, however it dies; when the last one is
gone the keeper stops the services and ends. Services that die are started again. Should the
keeper itself die, the kernel ends the services, and the next user starts a new keeper.

A user sends one line, the services it wants ("postgres valkey"), and gets "ready" or "failed
<sentence>"; later, unasked, "notice <sentence>". After "leave" the connection ends
once the services are stopped, or with "shared" at once when others still use them.

Run through config/lean.py with the JSON of `Plan` on its standard input.
"""

import fcntl
import json
import os
import selectors
import signal
import socket
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from config.embedded.account import choose
from config.embedded.errors import EmbeddedError, from_os_error
from config.embedded.layout import Layout
from config.embedded.postgres import Postgres
from config.embedded.process import Service
from config.embedded.valkey import Valkey

NOBODY_CAME_SECONDS = 15.0
PREDECESSOR_SECONDS = 45.0
SLOWEST_RESTART = 10.0
HEALTHY_SECONDS = 10.0


@dataclass(frozen=True)
class Plan:
    data: str
    postgres: str  # folder of its programs
    valkey: str  # its program
    fast: bool

    def to_json(self) -> str:
        return json.dumps(asdict(self))


class Keeper:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.layout = Layout.of(Path(plan.data))
        self.running: dict[str, Service] = {}
        self.users: dict[socket.socket, bytes] = {}  # and what of their line has come
        self.leaving: list[socket.socket] = []
        self.retry_at: dict[str, float] = {}
        self.delay: dict[str, float] = {}
        self.begun: dict[str, float] = {}
        self.events = selectors.DefaultSelector()

    def serve(self, listener: socket.socket) -> None:
        """Serve until the last user is gone, then stop everything."""
        woken, wake = socket.socketpair()
        for end in (woken, wake, listener):
            end.setblocking(False)
        signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
        stopping: list[int] = []
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda number, _: stopping.append(number))
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self.events.register(listener, selectors.EVENT_READ)
        self.events.register(woken, selectors.EVENT_READ)
        came, deadline = False, time.monotonic() + NOBODY_CAME_SECONDS
        while not stopping and (self.users or (not came and time.monotonic() < deadline)):
            for key, _ in self.events.select(self._patience()):
                if key.fileobj is listener:
                    self._welcome(listener)
                    came = True
                elif key.fileobj is woken:
                    with suppress(BlockingIOError):
                        woken.recv(4096)
                else:
                    self._hear(key.fileobj)  # type: ignore[arg-type]
            self._restart_the_dead()
        # Nobody may join any more: a user that tries now starts the next keeper.
        self.layout.keeper_socket.unlink(missing_ok=True)
        listener.close()
        for service in reversed(list(self.running.values())):
            service.stop()

    def _patience(self) -> float | None:
        if not self.users:
            return 1.0
        if not self.retry_at:
            return None
        return max(0.0, min(self.retry_at.values()) - time.monotonic())

    def _welcome(self, listener: socket.socket) -> None:
        with suppress(OSError):
            user, _ = listener.accept()
            user.setblocking(False)
            self.users[user] = b""
            self.events.register(user, selectors.EVENT_READ)

    def _hear(self, user: socket.socket) -> None:
        try:
            heard = user.recv(4096)
        except BlockingIOError:
            return
        except OSError:
            heard = b""
        if not heard:
            self._forget(user)
            user.close()
            return
        *lines, self.users[user] = (self.users[user] + heard).split(b"\n")
        for line in lines:
            if line == b"leave":
                self._forget(user)
                if self.users:
                    self._tell(user, "shared")
                    user.close()
                else:
                    self.leaving.append(user)  # closed by our own end, after the services'
                return
            self._tell(user, self._provide(line.decode().split()))

    def _forget(self, user: socket.socket) -> None:
        self.events.unregister(user)
        del self.users[user]

    def _tell(self, user: socket.socket, line: str) -> None:
        # Who does not read its notices misses them.
        with suppress(OSError):
            user.send(line.replace("\n", " ").encode() + b"\n")

    def _provide(self, names: list[str]) -> str:
        try:
            for name in names:
                if name not in self.running or self.running[name].has_died:
                    self._start(name)
        except EmbeddedError as error:
            return f"failed {error}"
        return "ready"

    def _start(self, name: str) -> None:
        try:
            service = self.running.get(name) or self._build(name)
            service.start()
        except OSError as error:
            raise from_os_error(error, self.layout.data) from error
        self.running[name] = service
        self.retry_at.pop(name, None)
        self.begun[name] = time.monotonic()

    def _build(self, name: str) -> Service:
        layout, plan = self.layout, self.plan
        binaries, valkey = Path(plan.postgres), Path(plan.valkey)
        account = choose(
            [layout.postgres, layout.valkey], layout.data, [binaries / "postgres", valkey]
        )
        self._open_run_folder(account.uid, account.gid)
        log = layout.logs / f"{name}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        if name == "postgres":
            return Postgres(
                binaries=binaries,
                run=layout.run,
                folder=layout.postgres,
                log=log,
                data=layout.data,
                account=account,
                fast=plan.fast,
            )
        return Valkey(
            binary=valkey,
            address=layout.valkey_socket,
            folder=layout.valkey,
            log=log,
            data=layout.data,
            account=account,
            fast=plan.fast,
        )

    def _open_run_folder(self, uid: int, gid: int) -> None:
        if os.getuid() == 0:
            os.chown(self.layout.run, uid, gid)

    def _restart_the_dead(self) -> None:
        for name, service in self.running.items():
            now = time.monotonic()
            if service.has_died and name not in self.retry_at:
                healthy = now - self.begun[name] > HEALTHY_SECONDS
                self.delay[name] = (
                    0.0 if healthy else min(self.delay.get(name, 0.0) * 2 or 0.25, SLOWEST_RESTART)
                )
                self.retry_at[name] = now + self.delay[name]
                self._tell_all(f"notice {service.name} ended; it is started again.")
            if name in self.retry_at and now >= self.retry_at[name]:
                self._try_again(name)

    def _try_again(self, name: str) -> None:
        try:
            self._start(name)
        except EmbeddedError as error:
            self.delay[name] = min(self.delay[name] * 2 or 0.25, SLOWEST_RESTART)
            self.retry_at[name] = time.monotonic() + self.delay[name]
            self._tell_all(f"notice {error}")
        else:
            self._tell_all(f"notice {self.running[name].name} runs again.")

    def _tell_all(self, line: str) -> None:
        for user in self.users:
            self._tell(user, line)


def listen(layout: Layout) -> socket.socket:
    layout.keeper_socket.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(layout.keeper_socket))
    listener.listen(128)
    return listener


def wait_for_turn(lock: int) -> bool:
    """Wait until an earlier keeper of this folder is gone; False if it stays."""
    deadline = time.monotonic() + PREDECESSOR_SECONDS
    while time.monotonic() < deadline:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.05)
        else:
            return True
    return False


def main() -> None:
    """Print "listening" or a sentence to the starter, then serve."""
    plan = Plan(**json.load(sys.stdin))
    layout = Layout.of(Path(plan.data))
    try:
        lock = os.open(layout.data / "keeper.lock", os.O_RDWR | os.O_CREAT, 0o600)
        if not wait_for_turn(lock):
            raise EmbeddedError(f"An earlier keeper of {layout.data} does not end; end it first.")
        listener = listen(layout)
        log = os.open(layout.data / "keeper.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as error:
        sys.exit(str(from_os_error(error, layout.data)))
    except EmbeddedError as error:
        sys.exit(str(error))
    sys.stdout.write("listening\n")
    sys.stdout.flush()
    for number in (1, 2):  # no longer the starter's pipe: it waits for its end
        os.dup2(log, number)
    Keeper(plan).serve(listener)
