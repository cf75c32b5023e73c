"""`manage.py up` where it must refuse: one clear sentence, and nothing started."""

import fcntl
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from config.child import Spec
from config.management.commands.up import environment, specs
from tests.config.conftest import fill, is_quiet

ROOT = Path(__file__).resolve().parent.parent.parent


def up(data: Path, **env: str) -> str:
    """Return what it said before it gave up."""
    done = subprocess.run(
        [sys.executable, "manage.py", "up"],
        cwd=ROOT,
        env=os.environ | {"ATELIER_DATA_DIR": str(data), "ATELIER_PORT": str(free_port())} | env,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    return done.stderr.strip().splitlines()[-1]


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port: int = trial.getsockname()[1]
        return port


def test_a_busy_port_is_told_before_anything_starts(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = up(tmp_path, ATELIER_PORT=str(port))
    assert said == f"Port {port} is in use. Choose another: ATELIER_PORT={port + 1} make run"
    assert not (tmp_path / "postgres").exists()


def test_a_second_one_on_the_same_data_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "up.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert up(tmp_path).startswith(f"Atelier already runs on {tmp_path}. Stop it first")


@pytest.mark.parametrize(
    ("env", "sentence"),
    [
        ({"ATELIER_HOST": "203.0.113.9"}, "Atelier cannot listen on 203.0.113.9"),
        ({"ATELIER_PORT": "many"}, "A setting is wrong"),
        (
            {"DATABASE_URL": "postgres://a@127.0.0.1:1/a", "REDIS_URL": "redis://127.0.0.1:1"},
            "The database does not answer",
        ),
    ],
)
def test_wrong_settings_are_told(tmp_path: Path, env: dict[str, str], sentence: str) -> None:
    assert up(tmp_path, **env).startswith(sentence)


def test_a_full_disk_is_told(small_disk: Path) -> None:
    assert "is full" in up(small_disk / "data")
    assert is_quiet(small_disk)


def test_a_disk_without_a_single_byte_is_told(small_disk: Path) -> None:
    fill(small_disk)
    assert "is full" in up(small_disk / "data")


def test_the_workers_are_told_apart_by_their_queues() -> None:
    def serving(queue: str) -> list[str]:
        return [spec.name for spec in specs() if f"-Q {queue}" in " ".join(spec.argv)]

    assert serving("generate") == ["generate"]
    assert serving("media") == ["media"]
    for spec in specs():
        other = {"generate": "media", "media": "generate"}.get(spec.name, "no such queue")
        assert other not in " ".join(spec.argv)


def test_web_stops_first_and_beat_last() -> None:
    stages: dict[str, int] = {spec.name: spec.stage for spec in specs()}
    assert stages["web"] < stages["generate"] == stages["media"] < stages["beat"]


def test_either_web_server_can_be_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    def web() -> Spec:
        return next(spec for spec in specs() if spec.name == "web")

    assert "uvicorn" in web().argv
    monkeypatch.setenv("ATELIER_SERVER", "daphne")
    assert "daphne" in web().argv


def test_celery_is_told_that_root_is_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 0)
    assert environment()["C_FORCE_ROOT"] == "1"
    monkeypatch.setattr(os, "getuid", lambda: 1000)
    assert "C_FORCE_ROOT" not in environment()
