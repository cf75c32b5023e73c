"""CPU and memory of all that belongs to a studio, from /proc."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

EVERY_SECONDS = 0.5
MEMORY_SECONDS = 5.0  # between two looks, for each delays what is measured
_ROLES = {
    "uvicorn": "web",
    "daphne": "web",
    "generate@%h": "generate",
    "media@%h": "media",
    "config.beat": "beat",
    "config.supervisor": "supervisor",
    "config.embedded.keeper": "keeper",
    "bench.relay": "relay",
}


def family(pid: int) -> list[psutil.Process]:
    root = psutil.Process(pid)
    return [root, *root.children(recursive=True)]


def services(data: Path) -> list[psutil.Process]:
    """The keeper of the embedded services with Postgres, its backends and Valkey."""
    postmaster = int((data / "postgres" / "postmaster.pid").read_text().split()[0])
    keeper = psutil.Process(postmaster).parent()
    assert keeper is not None
    return family(keeper.pid)


def role(process: psutil.Process) -> str:
    words = process.cmdline()
    for word, name in _ROLES.items():
        if any(part == word for part in words):
            return name
    return "postgres" if process.name().startswith("postgres") else process.name()


def share(pid: int) -> int:
    """kB of memory; what is shared counts by its part. Only the sum is asked for: the full list
    stops a process for as long as it takes."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(rollup.partition("\nPss:")[2].split()[0])


@dataclass(frozen=True)
class Reading:
    at: float
    seconds: dict[str, float]  # CPU by role, since the processes began

    def since(self, earlier: "Reading") -> dict[str, float]:
        before = earlier.seconds
        return {name: value - before.get(name, 0.0) for name, value in self.seconds.items()}


class Meter:
    """Reads the CPU of a studio's processes now and then, until it is left."""

    def __init__(self, pid: int, data: Path | None) -> None:
        self.pid, self.data = pid, data
        self.readings: list[Reading] = []
        self._roles: dict[int, str] = {}
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._read_on, daemon=True)

    def __enter__(self) -> "Meter":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def between(self, start: float, end: float) -> list[Reading]:
        return [one for one in self.readings if start <= one.at <= end]

    def _read_on(self) -> None:
        while not self._done.wait(EVERY_SECONDS):
            self.readings.append(self.read())

    def read(self) -> Reading:
        at, seconds = time.time(), Counter[str]()
        for process in self.processes():
            try:
                name = self._roles.get(process.pid) or role(process)
                self._roles[process.pid] = name
                times = process.cpu_times()
            except psutil.NoSuchProcess:
                continue
            # A process that ended is among its parent's children: nothing is lost or doubled.
            seconds[name] += sum(times[:4])
        return Reading(at, dict(seconds))

    def processes(self) -> list[psutil.Process]:
        found = family(self.pid)
        known = {process.pid for process in found}
        more = services(self.data) if self.data else []
        return found + [process for process in more if process.pid not in known]

    @contextmanager
    def peak(self) -> Iterator[dict[str, float]]:
        """The memory by role at the moment when all of it was largest, once the block is left."""
        largest: dict[str, float] = {}
        done = threading.Event()

        def watch() -> None:
            while not done.wait(MEMORY_SECONDS):
                now = self.memory()
                if sum(now.values()) > sum(largest.values()):
                    largest.update(now)

        thread = threading.Thread(target=watch, daemon=True)
        thread.start()
        try:
            yield largest
        finally:
            done.set()
            thread.join()

    def memory(self) -> dict[str, float]:
        """MB by role: the proportional share, in which nothing that is shared counts twice."""
        megabytes: Counter[str] = Counter()
        for process in self.processes():
            try:
                megabytes[role(process)] += share(process.pid) / 1000
            except (psutil.NoSuchProcess, OSError):
                continue
        return dict(megabytes)
