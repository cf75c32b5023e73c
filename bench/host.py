"""What the benchmark starts: the studio by `manage.py up`, the mock provider, the relay, the
users. Every process is its own, on free ports and a data folder that is made anew."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from urllib.request import urlopen

from bench.load import Plan, Report
from bench.processes import Meter

ROOT = Path(__file__).resolve().parent.parent
SECONDS_TO_START = 90.0
SECONDS_TO_STOP = 40.0
REPLACED = ("DATABASE_URL", "REDIS_URL", "OPENAI_API_KEY", "ATELIER_SECRET_KEY")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while True:
        try:
            with urlopen(url, timeout=2):
                return
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"{url} does not answer.")
            time.sleep(0.1)


@contextmanager
def running(
    command: list[str], environment: dict[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env=os.environ | environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def upstream(models: list[str], data: Path) -> Iterator[str]:
    """The mock provider; gives its base URL."""
    port = free_port()
    environment = {"BENCH_PORT": str(port), "BENCH_MODELS": " ".join(models)}
    with running(["-m", "bench.upstream"], environment, data / "logs" / "upstream.log") as process:
        wait_for(f"http://127.0.0.1:{port}/stats", process)
        yield f"http://127.0.0.1:{port}/v1"


@contextmanager
def relay(provider: str, data: Path) -> Iterator[tuple[str, Meter]]:
    port = free_port()
    environment = {"BENCH_PORT": str(port), "BENCH_UPSTREAM": provider}
    with running(["-m", "bench.relay"], environment, data / "logs" / "relay.log") as process:
        wait_for(f"http://127.0.0.1:{port}/", process)
        with Meter(process.pid, None) as meter:
            yield f"http://127.0.0.1:{port}", meter


@contextmanager
def studio(server: str, provider: str, data: Path) -> Iterator[tuple[str, Meter]]:
    """The whole studio as `make run` starts it; gives its address and the meter of its CPU."""
    port = free_port()
    environment = {
        "ATELIER_DATA_DIR": str(data),
        "ATELIER_HOST": "127.0.0.1",
        "ATELIER_PORT": str(port),
        "ATELIER_SERVER": server,
        "ATELIER_PRIVATE_PROVIDERS": "1",
        "ATELIER_TITLES": "0",  # what is counted are answers
        "OPENAI_BASE_URL": provider,
    }
    with running(["manage.py", "up"], environment, data / "logs" / "up.log") as process:
        wait_for(f"http://127.0.0.1:{port}/healthz", process)
        with Meter(process.pid, data) as meter:
            wait_for_worker(data)
            yield f"http://127.0.0.1:{port}", meter


def wait_for_worker(data: Path) -> None:
    log = data / "logs" / "generate.log"
    deadline = time.monotonic() + SECONDS_TO_START
    while not (log.exists() and b" ready." in log.read_bytes()):
        if time.monotonic() > deadline:
            sys.exit("The generate worker does not start.")
        time.sleep(0.1)


def load(plan: Plan) -> Report:
    """Let the users of a plan work, and return what they saw."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.load"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(asdict(plan)) + "\n")
    process.stdin.flush()
    process.stdout.readline()  # all are connected
    time.sleep(0.5)
    answer, _ = process.communicate("go\n")
    if process.returncode:
        sys.exit("The users ended with an error.")
    report = Report(**json.loads(answer))
    report.buckets = {int(at): words for at, words in report.buckets.items()}
    return report
