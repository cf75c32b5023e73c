"""The supervisor with small scripts as its children."""

import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from config import child, lean
from config.child import BoundedLog, Spec
from config.embedded import Embedded
from config.supervisor import PLAN_VARIABLE, Plan, Probe
from tests.config.conftest import eventually, is_quiet, service_processes

WEB = """
    import http.server, sys, time
    begun = time.monotonic()
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            ready = time.monotonic() - begun > 0.5 and self.path == "/healthz"
            self.send_response(200 if ready else 503)
            self.end_headers()
        def log_message(self, *args): pass
    http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
SLEEPER = "import time; print('up', flush=True); time.sleep(600)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEPER}"
NOTES_ITS_END = """
    import pathlib, signal, sys, time
    def end(*_):
        time.sleep(0.3)
        with pathlib.Path(sys.argv[1]).open("a") as ends:
            ends.write(sys.argv[2] + " ")
        sys.exit()
    signal.signal(signal.SIGTERM, end)
    print("up", flush=True)
    time.sleep(600)
"""
HAS_A_CHILD = f"""
    import subprocess, sys
    subprocess.run([sys.executable, "-c", "{SLEEPER}"])
"""


def script(code: str, *args: object) -> list[str]:
    return [sys.executable, "-I", "-c", textwrap.dedent(code), *map(str, args)]


class Running:
    def __init__(self, plan: Plan, keeper: list[int]) -> None:
        self.data = Path(plan.data)
        self.process = subprocess.Popen(
            lean.command("config.supervisor"),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=os.environ | {PLAN_VARIABLE: plan.to_json()},
            text=True,
            pass_fds=keeper,
        )
        self.supervisor = psutil.Process(self.process.pid)

    def line(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().strip()

    def end(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        self.process.send_signal(number)
        said, _ = self.process.communicate(timeout=20)
        return self.process.returncode, said

    def children(self) -> list[psutil.Process]:
        return self.supervisor.children(recursive=True)

    def log(self, name: str) -> str:
        file = self.data / "logs" / f"{name}.log"
        return file.read_text() if file.exists() else ""


Start = Callable[..., Running]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[Running] = []

    def run(
        *specs: Spec,
        probe: Probe | None = None,
        keeper: int | None = None,
        data: Path = tmp_path,
        verbose: bool = False,
    ) -> Running:
        plan = Plan(
            folder=str(tmp_path),
            data=str(data),
            specs=list(specs),
            probe=probe,
            keeper=keeper,
            address="http://here",
            verbose=verbose,
        )
        started.append(Running(plan, [keeper] if keeper is not None else []))
        return started[-1]

    yield run
    for running in started:
        if running.process.poll() is None:
            running.process.kill()
            running.process.wait()


def test_it_says_ready_once_the_web_server_serves(start: Start) -> None:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port = trial.getsockname()[1]
    begun = time.monotonic()
    running = start(Spec("web", script(WEB, port)), probe=Probe("127.0.0.1", port, "127.0.0.1"))
    assert running.line() == "Atelier is ready: http://here  (Ctrl-C stops it)"
    assert time.monotonic() - begun > 0.5
    assert running.end() == (0, "")


def test_a_killed_child_and_what_it_started_are_replaced(start: Start) -> None:
    running = start(Spec("media", script(HAS_A_CHILD)))
    running.line()
    eventually(lambda: len(running.children()) == 2)
    before = running.children()
    next(one for one in before if one.ppid() == running.process.pid).kill()
    assert running.line() == "media ended (killed by signal 9); it is started again."
    eventually(lambda: not any(one.is_running() for one in before))
    eventually(lambda: len(running.children()) == 2)
    assert running.end() == (0, "")


def test_what_cannot_start_ends_it_with_a_sentence(
    start: Start,
) -> None:
    running = start(
        Spec("web", script("raise SystemExit('Error: no such module')")),
        Spec("beat", script(SLEEPER)),
        probe=Probe("127.0.0.1", 1, "x"),
    )
    said, _ = running.process.communicate(timeout=30)
    assert said.startswith("web does not start: Error: no such module (all of it is in ")
    assert running.process.returncode == 1
    assert running.log("web").count("no such module") == child.HOPELESS


def test_it_stops_them_in_order_and_leaves_none(start: Start, tmp_path: Path) -> None:
    ends = tmp_path / "ends"
    order = ["web", "worker", "beat"]
    running = start(
        *(
            Spec(name, script(NOTES_ITS_END, ends, name), stage)
            for stage, name in reversed(list(enumerate(order)))
        )
    )
    eventually(lambda: all("up" in running.log(name) for name in order))
    children = running.children()
    assert running.end()[0] == 0
    assert ends.read_text().split() == order
    assert not any(one.is_running() for one in children)


def test_who_does_not_end_in_time_is_killed(start: Start) -> None:
    running = start(Spec("web", script(STUBBORN), grace=0.3))
    running.line()
    eventually(lambda: "up" in running.log("web"))
    code, said = running.end(signal.SIGINT)
    assert (code, said.strip()) == (0, "web did not end in time; it is killed.")


def test_a_second_ctrl_c_ends_all_at_once(start: Start) -> None:
    running = start(Spec("web", script(STUBBORN), grace=60))
    running.line()
    eventually(lambda: "up" in running.log("web"))
    children = running.children()
    running.process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    assert running.process.poll() is None
    assert running.end(signal.SIGINT) == (0, "")
    assert not any(one.is_running() for one in children)


def test_its_children_end_with_it_even_when_it_is_killed(start: Start) -> None:
    running = start(Spec("web", script(STUBBORN)), Spec("beat", script(SLEEPER)))
    running.line()
    children = running.children()
    assert len(children) == 2
    running.end(signal.SIGKILL)
    eventually(lambda: not any(one.is_running() for one in children))


def test_the_terminal_shows_the_output_only_when_asked(start: Start) -> None:
    quiet = start(Spec("web", script(SLEEPER)))
    quiet.line()
    eventually(lambda: "up" in quiet.log("web"))
    assert quiet.end() == (0, "")
    loud = start(Spec("web", script(SLEEPER)), verbose=True)
    assert {loud.line() for _ in range(2)} >= {"web | up"}
    loud.end()


def test_embedded_services_are_watched_and_stopped_last(start: Start, data: Path) -> None:
    embedded = Embedded(data)
    embedded.start()
    assert embedded.connection
    running = start(Spec("web", script(SLEEPER)), keeper=embedded.connection.fileno(), data=data)
    running.line()
    embedded.connection.close()  # the supervisor's is the only one now
    embedded.connection = None
    service_processes(data)["valkey-server"][0].kill()
    assert running.line() == "Valkey ended; it is started again."
    assert running.line() == "Valkey runs again."
    keeper = service_processes(data)["postgres"][0].parent()
    assert keeper
    keeper.kill()
    assert running.line() == "The embedded services ended; they are started again."
    eventually(lambda: all(service_processes(data).values()))
    assert running.end() == (0, "")
    assert is_quiet(data)


def test_a_killed_supervisor_leaves_no_services(start: Start, data: Path) -> None:
    embedded = Embedded(data)
    embedded.start()
    assert embedded.connection
    running = start(Spec("web", script(SLEEPER)), keeper=embedded.connection.fileno(), data=data)
    running.line()
    embedded.connection.close()
    embedded.connection = None
    running.end(signal.SIGKILL)
    eventually(lambda: is_quiet(data))


def test_logs_are_bounded_and_a_full_disk_does_not_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child, "MAX_LOG", 1000)
    log = BoundedLog(tmp_path / "logs" / "web.log")
    for _ in range(100):
        log.write(b"x" * 100)
    assert sum(file.stat().st_size for file in (tmp_path / "logs").iterdir()) <= 2200
    BoundedLog(Path("/dev/full")).write(b"lost")


def test_the_plan_survives_its_journey() -> None:
    plan = Plan("/f", "/d", [Spec("web", ["a b"], 1, 2.0)], Probe("h", 1, "x"), "http://x", True, 5)
    assert Plan.from_json(plan.to_json()) == plan
    assert json.loads(plan.to_json())["keeper"] == 5
