"""One service as a child of the keeper."""

import os
import signal
import subprocess
import time
from pathlib import Path

from config.embedded.account import Account
from config.embedded.errors import EmbeddedError, from_output

MAX_LOG = 4 * 1024 * 1024  # bytes; a log longer than this is begun anew at the next start
START_SECONDS = 120.0  # recovery after a power cut reads up to 1 GB of log
STOP_SECONDS = 20.0


class Service:
    """A server program: started until it is ready, stopped within `STOP_SECONDS`."""

    name: str
    program: str  # file name of the executable
    stop_signal = signal.SIGTERM

    def __init__(self, *, folder: Path, log: Path, data: Path, account: Account) -> None:
        self.folder, self.log, self.data, self.account = folder, log, data, account
        self.process: subprocess.Popen[bytes] | None = None

    def argv(self) -> list[str]:
        raise NotImplementedError

    def is_ready(self) -> bool:
        raise NotImplementedError

    def prepare(self) -> None:
        """Make the folder, once."""
        raise NotImplementedError

    def clear_traces(self) -> None:
        """Remove what a killed server left behind and a new one would stumble over."""
        raise NotImplementedError

    def start(self) -> None:
        """Start and wait until ready. Raises EmbeddedError, and OSError for a folder's trouble."""
        self.prepare()
        end_leftovers(self.folder, self.program)
        self.clear_traces()
        mode = "ab" if self.log.exists() and self.log.stat().st_size < MAX_LOG else "wb"
        with self.log.open(mode) as log:
            begin = log.tell()
            self.process = self._spawn(log.fileno())
        deadline = time.monotonic() + START_SECONDS
        while not self.is_ready():
            ended = self.process.poll() is not None
            if ended or time.monotonic() > deadline:
                self.stop()
                raise from_output(self.name, self._printed(begin), self.log, self.data)
            time.sleep(0.02)

    def _spawn(self, log: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603
            self.argv(),
            cwd=self.folder,
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=self.account.before_exec(os.getpid(), self.stop_signal),
        )

    def _printed(self, begin: int) -> str:
        with self.log.open("rb") as log:
            log.seek(begin)
            return log.read(64 * 1024).decode(errors="replace")

    @property
    def has_died(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def stop(self) -> None:
        if self.process is None:
            return
        process, self.process = self.process, None
        if process.poll() is None:
            process.send_signal(self.stop_signal)
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def clean_environment() -> dict[str, str]:
    """Nothing of the caller's may change the server: no PGDATA, no locale, no time zone."""
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def end_leftovers(folder: Path, program: str) -> None:
    """End processes of an earlier server that still work in `folder`.

    After a kill -9 PostgreSQL's children live on for a moment; a second server among them would
    damage the files.
    """
    import psutil

    def leftovers() -> list[psutil.Process]:
        found = []
        for process in psutil.process_iter(["cwd", "name", "status"]):
            info = process.info
            ours = info["name"] == program and info["cwd"] == str(folder)
            if ours and info["status"] != psutil.STATUS_ZOMBIE:
                found.append(process)
        return found

    for wait, action in ((3.0, "terminate"), (5.0, "kill")):
        running = leftovers()
        for process in running:
            getattr(process, action)()
        psutil.wait_procs(running, wait)
    if leftovers():
        raise EmbeddedError(f"Processes of an earlier start still use {folder}; end them first.")
