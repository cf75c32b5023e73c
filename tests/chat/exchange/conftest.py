from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import User
from chat.importing import services, work
from chat.importing.models import ImportJob
from chat.importing.report import Report

Bring = Callable[..., ImportJob]


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Path) -> Path:
    """Where the files of imports are kept."""
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "media" / "imports"


@pytest.fixture
def bring(transactional_db: None, owner: User) -> Bring:
    """Import a file as the page and the worker do, to its end."""

    def bring(data: bytes, name: str = "conversations.json", user: User = owner) -> ImportJob:
        job = services.start(owner=user, upload=SimpleUploadedFile(name, data))
        while job.is_under_way:
            work.run(job.pk)
            job.refresh_from_db()
        return job

    return bring


def report_of(job: ImportJob) -> Report:
    return Report.load(job.report)
