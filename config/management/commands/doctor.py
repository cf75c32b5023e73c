"""Says whether everything that Atelier needs is there and well set."""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.checks import Tags, run_checks
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management.base import BaseCommand
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from kombu.exceptions import KombuError

from config.celery import app
from config.reach import Unreachable, reach_database, reach_redis
from providers.models import Provider

OLDEST_POSTGRES, OLDEST_REDIS = 15, 7
LEAST_FREE = 1_000_000_000  # bytes


class Problem(Exception):
    """A check failed; the text says what and how to mend it."""


class Command(BaseCommand):
    help = (
        "Check database, Redis, workers, disk and settings: one line each, exit code 1 on a fault."
    )
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        found = [self.report(name, check) for name, check in CHECKS.items()]
        if not all(found):
            sys.exit(1)

    def report(self, name: str, check: Callable[[], str]) -> bool:
        try:
            text, is_well = check(), True
        except (Problem, Unreachable, DatabaseError, KombuError, OSError) as error:
            text, is_well = " ".join(str(error).split()), False
        mark = self.style.SUCCESS("ok  ") if is_well else self.style.ERROR("FAIL")
        self.stdout.write(f"{mark} {name:<12} {text}")
        return is_well


def database() -> str:
    version = reach_database()
    if int(version.split(".")[0]) < OLDEST_POSTGRES:
        raise Problem(f"PostgreSQL {version} is too old; {OLDEST_POSTGRES} or newer is needed")
    return f"PostgreSQL {version}{embedded('DATABASE_URL')}"


def migrations() -> str:
    reach_database()
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        raise Problem(f"{len(missing)} not applied; run: python manage.py migrate")
    return "all applied"


def queue() -> str:
    info = reach_redis()
    if "valkey_version" in info:
        return f"Valkey {info['valkey_version']}{embedded('REDIS_URL')}"
    version = str(info["redis_version"])
    if int(version.split(".")[0]) < OLDEST_REDIS:
        raise Problem(f"Redis {version} is too old; {OLDEST_REDIS} or newer is needed")
    if info.get("maxmemory_policy", "noeviction") != "noeviction":
        raise Problem(f"Redis {version} may drop tasks; set maxmemory-policy noeviction")
    return f"Redis {version}"


def workers() -> str:
    reach_redis()
    answers = app.control.inspect(timeout=2).active_queues() or {}
    served = {queue["name"]: name for name, queues in answers.items() for queue in queues}
    missing = {"generate", "media"} - set(served)
    if missing:
        raise Problem(f"nobody serves {' and '.join(sorted(missing))}; start Atelier: make run")
    return ", ".join(sorted(answers))


def folder() -> str:
    with tempfile.TemporaryFile(dir=settings.DATA_DIR) as trial:
        trial.write(b"x")
    return f"{settings.DATA_DIR} can be written"


def storage() -> str:
    name = default_storage.save(f"probe/{uuid4().hex}", ContentFile(b"x"))
    try:
        with default_storage.open(name) as file:
            file.read()
    finally:
        default_storage.delete(name)
    place = f"bucket {settings.S3_BUCKET}" if settings.S3_BUCKET else settings.MEDIA_ROOT
    return f"{place} can be written and read"


def disk() -> str:
    free = shutil.disk_usage(settings.DATA_DIR).free
    text = f"{free / 1e9:.1f} GB free"
    if free < LEAST_FREE:
        raise Problem(f"only {text} at {settings.DATA_DIR}; make room")
    return text


def secret() -> str:
    if len(settings.SECRET_KEY) < 32:
        raise Problem("ATELIER_SECRET_KEY is shorter than 32 characters; make it longer")
    path = settings.DATA_DIR / "secret_key"
    if os.environ.get("ATELIER_SECRET_KEY"):
        return "from ATELIER_SECRET_KEY"
    if path.stat().st_mode & 0o077:
        raise Problem(f"others may read {path}; run: chmod 600 {path}")
    return f"in {path}"


def configuration() -> str:
    problems = run_checks(include_deployment_checks=settings.HTTPS, tags=list(DEPLOYMENT_TAGS))
    serious = [problem for problem in problems if problem.is_serious()]
    if serious:
        raise Problem("; ".join(str(problem.msg) for problem in serious))
    return "DEBUG is on: only for development" if settings.DEBUG else "sound"


def providers() -> str:
    reach_database()
    count = Provider.objects.count()
    if count == 0:
        raise Problem("none; add one in the admin or set OPENAI_BASE_URL")
    return f"{count} set up"


def embedded(url: str) -> str:
    return "" if os.environ.get(url) else ", embedded"


DEPLOYMENT_TAGS = (Tags.security, Tags.models, Tags.urls, Tags.templates)
CHECKS: dict[str, Callable[[], str]] = {
    "database": database,
    "migrations": migrations,
    "redis": queue,
    "workers": workers,
    "data folder": folder,
    "files": storage,
    "disk": disk,
    "secret key": secret,
    "settings": configuration,
    "providers": providers,
}
