"""PostgreSQL 18 from the wheel's binaries."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

from config.embedded.account import Account
from config.embedded.errors import from_output
from config.embedded.process import Service, clean_environment

DATABASE, ROLE = "atelier", "postgres"

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "jit": "off",
    "log_min_messages": "warning",
    "log_min_error_statement": "panic",
    "timezone": "UTC",
}
# For tests: a crash of the machine may lose the cluster. A kill -9 of the server loses nothing,
# so synchronous_commit stays on.
FAST = {
    "fsync": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
}


class Postgres(Service):
    name = "PostgreSQL"
    program = "postgres"
    stop_signal = signal.SIGINT  # fast: ends sessions, writes everything

    def __init__(
        self,
        *,
        binaries: Path,
        run: Path,
        folder: Path,
        log: Path,
        data: Path,
        account: Account,
        fast: bool,
    ) -> None:
        super().__init__(folder=folder, log=log, data=data, account=account)
        self.binaries, self.run, self.fast = binaries, run, fast
        if fast:
            self.stop_signal = signal.SIGQUIT

    def argv(self) -> list[str]:
        settings = SETTINGS | {"unix_socket_directories": str(self.run)}
        settings |= FAST if self.fast else {}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(self.binaries / "postgres"), "-D", str(self.folder), *options]

    def is_ready(self) -> bool:
        # Line 8 of the lock file is the server's own word; pg_ctl reads it too.
        try:
            lines = (self.folder / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(lines) > 7 and lines[7].strip() == "ready"

    def clear_traces(self) -> None:
        # Its process is gone, yet the number in these may belong to a stranger by now, and
        # PostgreSQL would take that one for a running server.
        for lock in (self.folder / "postmaster.pid", self.run / ".s.PGSQL.5432.lock"):
            lock.unlink(missing_ok=True)

    def prepare(self) -> None:
        """Make the cluster beside its place and move it there whole."""
        draft = self.folder.with_name(self.folder.name + ".new")
        shutil.rmtree(draft, ignore_errors=True)
        if self.folder.exists():
            return
        try:
            draft.mkdir(mode=0o700)
            if self.account.switch:
                os.chown(draft, self.account.uid, self.account.gid)
            self._initdb(draft)
            draft.rename(self.folder)
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise

    def _initdb(self, draft: Path) -> None:
        # The builtin provider sorts alike everywhere; the wheel has no ICU.
        options = [f"--username={ROLE}", "--auth=trust", "--encoding=UTF8", "--no-instructions"]
        options += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        options += ["--no-sync"] if self.fast else []
        self._run("initdb", f"--pgdata={draft}", *options)
        statement = f"CREATE DATABASE {DATABASE};\n"
        self._run("postgres", "--single", "-D", str(draft), "postgres", stdin=statement)

    def _run(self, program: str, *args: str, stdin: str = "") -> None:
        prepare = self.account.before_exec(os.getpid(), signal.SIGKILL)
        done = subprocess.run(  # noqa: S603
            [str(self.binaries / program), *args],
            cwd="/",
            env=clean_environment(),
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            preexec_fn=prepare,
            check=False,
        )
        # The single-user server ends with 0 whatever became of its statement.
        if done.returncode != 0 or "ERROR" in done.stdout:
            self.log.write_text(done.stdout)
            raise from_output(self.name, done.stdout, self.log, self.data)
