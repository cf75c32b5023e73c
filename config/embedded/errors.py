"""What can go wrong with the embedded services, in sentences for the person at the terminal."""

import errno
from pathlib import Path

FULL = "No space left on device"


class EmbeddedError(Exception):
    """A service cannot run; the text is one sentence to show as it is."""


def full_disk(folder: Path) -> EmbeddedError:
    return EmbeddedError(
        f"The disk that holds {folder} is full. Free at least 200 MB there, "
        "or set ATELIER_DATA_DIR to a folder on another disk."
    )


def from_os_error(error: OSError, folder: Path) -> EmbeddedError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return full_disk(folder)
    place = error.filename or folder
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return EmbeddedError(
            f"{place} cannot be used by this user. Run Atelier as the owner of {folder}, "
            "or set ATELIER_DATA_DIR to a folder of your own."
        )
    return EmbeddedError(f"{place} cannot be used: {error.strerror or error}.")


def from_output(service: str, output: str, log: Path, folder: Path) -> EmbeddedError:
    """Make a sentence of what a service printed before it gave up."""
    if FULL in output or "Disk quota exceeded" in output:
        return full_disk(folder)
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    telling = [line for line in lines if "FATAL" in line or "PANIC" in line or "rror" in line]
    last = (telling or lines or ["it printed nothing"])[-1]
    return EmbeddedError(f"{service} does not start: {last} (all of it is in {log})")
