"""Runs the whole studio: prepares it, then becomes its supervisor."""

import errno
import fcntl
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, connection

from config import lean
from config.child import Spec
from config.embedded.errors import EmbeddedError, from_os_error, full_disk
from config.reach import Unreachable, reach_database, reach_redis
from config.supervisor import PLAN_VARIABLE, STOP_SIGNALS, Plan, Probe

WEB, WORKERS, BEAT = range(3)  # the order in which they are stopped


class Command(BaseCommand):
    help = "Run the web server, the workers and everything that they need. Ctrl-C stops it all."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--verbose", action="store_true", help="show what the processes print")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            lock = take_lock(settings.DATA_DIR)
            check_port(settings.HOST, settings.PORT)
            settings.EMBEDDED.start()
            reach_database()
            reach_redis()
            prepare()
        except KeyboardInterrupt:
            sys.exit(130)
        except (EmbeddedError, Unreachable) as error:
            sys.exit(str(error))
        except OSError as error:
            sys.exit(str(from_os_error(error, settings.DATA_DIR)))
        except DatabaseError as error:
            sys.exit(explain(error))
        become_supervisor(lock, verbose=options["verbose"])


def take_lock(data: Path) -> int:
    """Return the descriptor of the lock that only one `up` may hold on a data folder."""
    data.mkdir(parents=True, exist_ok=True)
    lock = os.open(data / "up.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise EmbeddedError(
            f"Atelier already runs on {data}. Stop it first, or use another data folder: "
            "ATELIER_DATA_DIR=/another/folder make run"
        ) from None
    return lock


def check_port(host: str, port: int) -> None:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(address)
    except OSError as error:
        raise EmbeddedError(explain_port(error, host, port)) from error


def explain_port(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        other = port + 1 if port < 65535 else 8000
        return f"Port {port} is in use. Choose another: ATELIER_PORT={other} make run"
    if error.errno == errno.EACCES:
        return f"Only root may use port {port}. Choose another: ATELIER_PORT=8000 make run"
    reason = error.strerror or error
    return f"Atelier cannot listen on {host}: {reason}. Set ATELIER_HOST to one of its addresses."


def prepare() -> None:
    """Bring database, static files and the environment's provider up to date."""
    call_command("migrate", verbosity=0, interactive=False)
    call_command("collectstatic", verbosity=0, interactive=False)
    if "sync_models" in get_commands():
        call_command("sync_models", "--environment")
    connection.close()


def explain(error: DatabaseError) -> str:
    text = " ".join(str(error).split())
    if "No space left on device" in text:
        return str(full_disk(settings.DATA_DIR))
    return f"The database cannot be prepared: {text}"


def become_supervisor(lock: int, *, verbose: bool) -> None:
    keeper = settings.EMBEDDED.connection
    descriptors = [lock] + ([keeper.fileno()] if keeper else [])
    for descriptor in descriptors:
        os.set_inheritable(descriptor, True)
    plan = Plan(
        folder=str(settings.BASE_DIR),
        data=str(settings.DATA_DIR),
        specs=specs(),
        probe=Probe(reachable_host(), settings.PORT, host_header()),
        address=f"{'https' if settings.HTTPS else 'http'}://{bracketed(reachable_host())}:{settings.PORT}",
        verbose=verbose,
        keeper=keeper.fileno() if keeper else None,
        environment=environment(),
    )
    sys.stdout.flush()
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)  # until the supervisor can take them
    argv = lean.command("config.supervisor")
    os.execve(argv[0], argv, os.environ | {PLAN_VARIABLE: plan.to_json()})  # noqa: S606


def specs() -> list[Spec]:
    python = [sys.executable, "-m"]
    worker = [*python, "celery", "-A", "config", "worker"]
    worker += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    threads = ["-P", "threads", "-c", str(settings.GENERATE_CONCURRENCY)]
    processes = ["-P", "prefork", "-c", str(settings.MEDIA_CONCURRENCY)]
    beat = lean.command("config.beat", str(settings.DATA_DIR / "beat-schedule"))
    drain = settings.DRAIN_SECONDS + 5
    return [
        Spec("web", [*python, *web()], WEB, grace=8),
        Spec(
            "generate",
            [*worker, *threads, "-Q", "generate", "-n", "generate@%h", "-l", "info"],
            WORKERS,
            grace=drain,
        ),
        Spec(
            "media",
            [*worker, *processes, "-Q", "media", "-n", "media@%h", "-l", "info"],
            WORKERS,
            grace=drain,
        ),
        Spec("beat", beat, BEAT),
    ]


def web() -> list[str]:
    host, port = settings.HOST, str(settings.PORT)
    if os.environ.get("ATELIER_SERVER", "uvicorn") == "daphne":
        return ["daphne", "-b", host, "-p", port, "--proxy-headers", "config.asgi:application"]
    return [
        *("uvicorn", "config.asgi:application", "--host", host, "--port", port),
        *("--ws", "websockets-sansio", "--loop", "uvloop", "--http", "httptools"),
        *("--lifespan", "off", "--no-access-log", "--proxy-headers"),
        *("--ws-per-message-deflate", "false"),
        *("--timeout-graceful-shutdown", "5"),
    ]


def environment() -> dict[str, str]:
    extra = {"PYTHONUNBUFFERED": "1", "ATELIER_DATA_DIR": str(settings.DATA_DIR)}
    extra["MALLOC_ARENA_MAX"] = "2"  # glibc's arena for each of 400 threads is memory never used
    if os.getuid() == 0:
        extra["C_FORCE_ROOT"] = "1"  # Celery refuses root; it unpickles nothing here
    return extra


def reachable_host() -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.HOST, settings.HOST)  # noqa: S104


def bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def host_header() -> str:
    """Return a Host that ALLOWED_HOSTS lets in."""
    named = [host.lstrip(".") for host in settings.ALLOWED_HOSTS if host != "*"]
    return named[0] if named else bracketed(reachable_host())
