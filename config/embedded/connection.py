"""A user's side of the keeper: start it where there is none, stay connected, leave."""

import contextlib
import fcntl
import os
import pwd
import socket
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from config import lean
from config.embedded.errors import EmbeddedError, from_os_error
from config.embedded.keeper import Plan
from config.embedded.layout import Layout

ATTEMPTS = 5
LEAVE_SECONDS = 60.0

# Keepers outlive who starts them; those that do not are buried at the next start.
_keepers: list[subprocess.Popen[str]] = []


def join(plan: Plan, services: list[str]) -> socket.socket:
    """Return the connection that keeps `services` running for as long as it is open.

    Raises EmbeddedError with the sentence to show.
    """
    layout = Layout.of(Path(plan.data))
    try:
        layout.data.mkdir(parents=True, exist_ok=True)
        make_run_folder(layout)
        for _ in range(ATTEMPTS):
            connection = _connect_or_start(layout, plan)
            answer = ask(connection, " ".join(services))
            if answer == "ready":
                return connection
            connection.close()
            if answer.startswith("failed "):
                raise EmbeddedError(answer.removeprefix("failed "))
            time.sleep(0.1)  # that keeper was about to end: the last user had left
    except OSError as error:
        raise from_os_error(error, layout.data) from error
    raise EmbeddedError(f"The embedded services of {layout.data} do not answer.")


def ask(connection: socket.socket, line: str) -> str:
    """Send a line and return the answer's; "" when the keeper ended. Notices are passed over."""
    with contextlib.suppress(OSError), connection.makefile("r", encoding="utf-8") as answers:
        connection.sendall(f"{line}\n".encode())
        for answer in answers:
            if not answer.startswith("notice "):
                return answer.strip()
    return ""


def leave(connection: socket.socket) -> None:
    """Let go of the services; return once they are stopped, or others still use them."""
    connection.settimeout(LEAVE_SECONDS)
    answer = ask(connection, "leave")
    connection.close()
    if answer != "shared":
        for keeper in _keepers:  # ours to bury, if we started it
            with contextlib.suppress(subprocess.TimeoutExpired):
                keeper.wait(1)


def make_run_folder(layout: Layout) -> None:
    """Make the folder of the sockets. In /tmp a stranger may have been there before us."""
    with contextlib.suppress(FileExistsError):
        layout.run.mkdir(mode=0o700)
    found = layout.run.lstat()
    ours = {os.getuid()} | (_service_accounts(layout) if os.getuid() == 0 else set())
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in ours:
        raise EmbeddedError(f"{layout.run} belongs to somebody else; remove it.")


def _service_accounts(layout: Layout) -> set[int]:
    uids = {folder.stat().st_uid for folder in (layout.postgres, layout.valkey) if folder.exists()}
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            uids.add(pwd.getpwnam(name).pw_uid)
    return uids


def _connect_or_start(layout: Layout, plan: Plan) -> socket.socket:
    with _starting(layout):
        connection = _connect(layout.keeper_socket)
        if connection is None:
            _start_keeper(plan)
            connection = _connect(layout.keeper_socket)
    if connection is None:
        raise EmbeddedError(f"The embedded services of {layout.data} ended at once.")
    return connection


@contextlib.contextmanager
def _starting(layout: Layout) -> Iterator[None]:
    lock = os.open(layout.data / "start.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _connect(address: Path) -> socket.socket | None:
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(str(address))
    except (FileNotFoundError, ConnectionRefusedError):
        connection.close()
        return None
    except OSError:
        connection.close()
        raise
    return connection


def _start_keeper(plan: Plan) -> None:
    """Start the keeper and wait until it listens; its own session keeps Ctrl-C from it."""
    _keepers[:] = [keeper for keeper in _keepers if keeper.poll() is None]
    keeper = subprocess.Popen(  # noqa: S603
        lean.command("config.embedded.keeper"),
        cwd="/",
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        text=True,
    )
    assert keeper.stdin is not None  # noqa: S101
    assert keeper.stdout is not None  # noqa: S101
    with contextlib.suppress(BrokenPipeError), keeper.stdin as plan_reader:
        plan_reader.write(plan.to_json())
    with keeper.stdout as printed:
        said = printed.read().strip()
    if said != "listening":
        keeper.wait()
        raise EmbeddedError(said or "The keeper of the embedded services does not start.")
    _keepers.append(keeper)
