"""Loaded with `-p config.pytest_plugin`: pytest-django imports settings before any conftest.

Tests use embedded services of their own, with fsync off, in `.data/test`; DATABASE_URL and
REDIS_URL replace them here as everywhere. Whole folders are run by several processes, each with
services of its own below that folder.
"""

import os
from pathlib import Path

import pytest

MOST_PROCESSES = 4
"""Each takes some 2 GB at its most, with its browser."""

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ["ATELIER_EMBEDDED_FAST"] = "1"
_data = os.environ.get("ATELIER_DATA_DIR") or Path(__file__).resolve().parent.parent / ".data/test"
os.environ["ATELIER_DATA_DIR"] = str(Path(_data, os.environ.get("PYTEST_XDIST_WORKER", "")))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One process for files and tests by name: a second one takes longer to start than it saves.
    Services that were given are told apart by nothing, so they serve one process too."""
    is_chosen = config.option.keyword or not all(Path(one).is_dir() for one in config.args)
    if is_chosen or not _is_embedded():
        return 0
    count = min(os.cpu_count() or 1, MOST_PROCESSES)
    return count if count > 1 else 0


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    from django.conf import settings

    from config.embedded import EmbeddedError

    if config.getoption("tx", None):  # this process only hands out tests
        if not _is_embedded():
            raise pytest.UsageError("DATABASE_URL and REDIS_URL serve one process: use -n0.")
        return
    try:
        settings.EMBEDDED.start()
    except EmbeddedError as error:
        pytest.exit(str(error), returncode=1)


def _is_embedded() -> bool:
    from django.conf import settings

    return len(settings.EMBEDDED.services) == 2
