"""Whom the services run as. PostgreSQL refuses root, so root lends them an account without rights.

That account may not be able to reach the data folder or the virtual environment: both may lie
below a folder of mode 0700. No parent's mode is ever changed; instead the service keeps one of
root's capabilities, the one to pass and read folders (docs/adr/0011).
"""

import ctypes
import os
import pwd
import signal
import struct
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from config.embedded.errors import EmbeddedError
from config.embedded.parent import die_with, libc

CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 1, 2
PR_CAPBSET_READ, PR_SET_SECUREBITS, PR_CAP_AMBIENT = 23, 28, 47
PR_CAP_AMBIENT_RAISE = 2
NO_SETUID_FIXUP = 1 << 2
CAPABILITY_VERSION_3 = 0x20080522


@dataclass(frozen=True)
class Account:
    uid: int
    gid: int
    capability: int | None = None  # kept through the change of user
    switch: bool = False  # we are root and become `uid`

    def before_exec(self, parent: int, death_signal: signal.Signals) -> Callable[[], None]:
        """Return what the new process does before it becomes the service."""

        tie = die_with(parent, death_signal)

        def prepare() -> None:
            if self.switch:
                self._become()
            tie()  # after the change of user, which would undo it

        return prepare

    def _become(self) -> None:
        if self.capability is not None:
            # initdb asks access(2), which forgets an ordinary user's capabilities without this.
            _check(libc.prctl(PR_SET_SECUREBITS, NO_SETUID_FIXUP, 0, 0, 0))
        os.setgroups([])
        os.setresgid(self.gid, self.gid, self.gid)
        os.setresuid(self.uid, self.uid, self.uid)
        if self.capability is not None:
            bit = 1 << self.capability
            header = struct.pack("=Ii", CAPABILITY_VERSION_3, 0)
            _check(libc.capset(header, struct.pack("=6I", bit, bit, bit, 0, 0, 0)))
            _check(libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, self.capability, 0, 0))


def choose(owned: list[Path], data: Path, programs: list[Path]) -> Account:
    """Choose the account for the services.

    `owned` are folders that an earlier start gave to it, `programs` what it must be able to run.
    """
    if os.getuid() != 0:
        return Account(os.getuid(), os.getgid())
    uid, gid = _unprivileged(owned)
    if _reaches(uid, gid, data, programs):
        return Account(uid, gid, switch=True)
    for capability in (CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE):
        if getattr(libc, "prctl", None) and libc.prctl(PR_CAPBSET_READ, capability, 0, 0, 0) == 1:
            account = Account(uid, gid, capability, switch=True)
            if _runs(account, programs[0]):
                return account
    raise EmbeddedError(
        f"PostgreSQL cannot run as root, and user {uid} may not enter {data} or {programs[0]}. "
        "Run Atelier as an ordinary user, or set DATABASE_URL and REDIS_URL."
    )


def _unprivileged(owned: list[Path]) -> tuple[int, int]:
    for folder in owned:
        if folder.exists() and (found := folder.stat()).st_uid:
            return found.st_uid, found.st_gid
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return entry.pw_uid, entry.pw_gid
    raise EmbeddedError(
        "PostgreSQL cannot run as root, and there is no user postgres or nobody. "
        "Run Atelier as an ordinary user, or set DATABASE_URL and REDIS_URL."
    )


def _reaches(uid: int, gid: int, data: Path, programs: list[Path]) -> bool:
    plain = Account(uid, gid, switch=True)
    return _succeeds(plain, ["test", "-x", str(data)]) and all(_runs(plain, p) for p in programs)


def _runs(account: Account, program: Path) -> bool:
    return _succeeds(account, [str(program), "--version"])


def _succeeds(account: Account, argv: list[str]) -> bool:
    prepare = account.before_exec(os.getpid(), signal.SIGKILL)
    try:
        done = subprocess.run(  # noqa: S603
            argv, cwd="/", preexec_fn=prepare, capture_output=True, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0


def _check(result: int) -> None:
    if result != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
