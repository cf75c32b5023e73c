"""Where everything lies: a pure function of the data folder, so settings need start nothing."""

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

# A socket's address holds 104 bytes on macOS, 108 on Linux; ".s.PGSQL.5432" is the longest name.
MAX_ADDRESS = 100
LONGEST_NAME = "/.s.PGSQL.5432"
# libpq splits hosts at commas, URLs give ?, #, % and @ a meaning, clients disagree on spaces.
PLAIN = re.compile(r"[\w./-]+", re.ASCII)


@dataclass(frozen=True)
class Layout:
    data: Path
    run: Path

    @classmethod
    def of(cls, data: Path) -> "Layout":
        data = data.resolve()
        run = str(data / "run")
        if PLAIN.fullmatch(run) and len(run + LONGEST_NAME) <= MAX_ADDRESS:
            return cls(data, Path(run))
        digest = hashlib.sha256(os.fsencode(data)).hexdigest()[:16]
        # Not $TMPDIR: every process must find the same place, whatever its environment.
        return cls(data, Path(f"/tmp/atelier-{os.getuid()}-{digest}"))  # noqa: S108

    @property
    def postgres(self) -> Path:
        return self.data / "postgres"

    @property
    def valkey(self) -> Path:
        return self.data / "valkey"

    @property
    def logs(self) -> Path:
        return self.data / "logs"

    @property
    def valkey_socket(self) -> Path:
        return self.run / "valkey.sock"

    @property
    def keeper_socket(self) -> Path:
        return self.run / "keeper.sock"
