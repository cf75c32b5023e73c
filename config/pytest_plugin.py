"""Loaded with `-p config.pytest_plugin`: pytest-django imports settings before any conftest."""

import os
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ["ATELIER_EMBEDDED_FAST"] = "1"
os.environ.setdefault(
    "ATELIER_DATA_DIR", str(Path(__file__).resolve().parent.parent / ".data" / "test")
)

from django.conf import settings

if not (os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL")):
    settings.EMBEDDED.start()
