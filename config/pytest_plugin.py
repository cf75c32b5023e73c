"""Loaded with `-p config.pytest_plugin`: pytest-django imports settings before any conftest.

Tests use embedded services of their own, with fsync off, in `.data/test`; DATABASE_URL and
REDIS_URL replace them here as everywhere.
"""

import os
import sys
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ["ATELIER_EMBEDDED_FAST"] = "1"
os.environ.setdefault(
    "ATELIER_DATA_DIR", str(Path(__file__).resolve().parent.parent / ".data" / "test")
)

from django.conf import settings

from config.embedded import EmbeddedError

try:
    settings.EMBEDDED.start()
except EmbeddedError as error:
    sys.exit(str(error))
