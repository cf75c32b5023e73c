import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from config.embedded import Embedded

USER = Path(__file__).with_name("studio_user.py")


def eventually(condition: Callable[[], object], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def service_processes(data: Path) -> dict[str, list[psutil.Process]]:
    """Running servers of a data folder by program, PostgreSQL's own children left out."""
    found: dict[str, list[psutil.Process]] = {"postgres": [], "valkey-server": []}
    for process in psutil.process_iter(["name", "cwd", "ppid", "status"]):
        info = process.info
        if info["name"] not in found or not str(info["cwd"]).startswith(f"{data.resolve()}/"):
            continue
        if info["status"] != psutil.STATUS_ZOMBIE:
            found[info["name"]].append(process)
    servers = {process.pid for process in found["postgres"]}
    found["postgres"] = [one for one in found["postgres"] if one.info["ppid"] not in servers]
    return found


def fill(disk: Path) -> None:
    """Write until not a byte more fits."""
    with contextlib.suppress(OSError), (disk / "ballast").open("wb", buffering=0) as ballast:
        while True:
            ballast.write(b"\0" * 65536)


def is_quiet(data: Path) -> bool:
    return not any(service_processes(data).values())


class User:
    """Another process that uses the services."""

    def __init__(self, data: Path, **env: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(USER), str(data)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=os.environ | env,
        )
        assert self.process.stdout
        self.said = self.process.stdout.readline().strip()

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def leave(self) -> None:
        self.process.communicate("")
        self.process.wait()


@pytest.fixture
def user() -> Iterator[Callable[..., User]]:
    users: list[User] = []

    def start(data: Path, **env: str) -> User:
        users.append(User(data, **env))
        return users[-1]

    yield start
    for one in users:
        if one.process.poll() is None:
            one.leave()


@pytest.fixture(autouse=True)
def _own_services(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests want embedded services even where the others run on outside ones."""
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)
    monkeypatch.setenv("ATELIER_EMBEDDED_FAST", "1")


@pytest.fixture
def data() -> Iterator[Path]:
    """A data folder below one that everybody may enter, unlike pytest's own."""
    with tempfile.TemporaryDirectory(prefix="atelier-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder / "data"
        eventually(lambda: is_quiet(folder), 20)


@pytest.fixture
def embedded(data: Path) -> Iterator[Embedded]:
    services = Embedded(data)
    services.start()
    yield services
    services.stop()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 24 MB: too small for a database cluster."""
    place = tmp_path / "small"
    place.mkdir()
    mount = [shutil.which("mount") or "mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(place)]
    if os.getuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("only root can mount a small disk here")
    yield place
    # It is in use for as long as the keeper takes to end.
    eventually(lambda: subprocess.run(["umount", str(place)], capture_output=True).returncode == 0)
