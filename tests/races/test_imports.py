"""Imports that are begun, or taken, at the same moment."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from accounts.models import User
from chat.importing import lease, services, work
from chat.importing.models import ImportJob
from chat.importing.refusals import ImportRunning
from chat.models import Message, Thread
from tests.chat.exchange.exports import as_json, chatgpt_chat
from tests.races.race import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(120)]

AT_ONCE = 8


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path / "imports"


def start(owner: User) -> ImportJob:
    data = as_json(*(chatgpt_chat(f"c{number}") for number in range(20)))
    return services.start(owner=owner, upload=SimpleUploadedFile("x.json", data))


def test_of_imports_begun_at_once_one_is_accepted(owner: User, files: Path) -> None:
    results = at_once([partial(start, owner)] * AT_ONCE)
    assert sum(isinstance(one, ImportJob) for one in results) == 1
    assert sum(isinstance(one, ImportRunning) for one in results) == AT_ONCE - 1
    assert len(list(files.iterdir())) == 1


def test_without_the_constraint_more_would_be(owner: User) -> None:
    """The control: the first look alone does not decide."""
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX chat_importjob_one_under_way")
    try:
        accepted = 0
        for _attempt in range(10):
            results = at_once([partial(start, owner)] * AT_ONCE)
            accepted = max(accepted, sum(isinstance(one, ImportJob) for one in results))
            ImportJob.objects.all().delete()
        assert accepted > 1
    finally:
        index = next(
            one for one in ImportJob._meta.constraints if one.name == "chat_importjob_one_under_way"
        )
        with connection.schema_editor() as editor:
            editor.add_constraint(ImportJob, index)


def test_of_workers_that_take_it_at_once_one_works(owner: User) -> None:
    job = start(owner)
    results = at_once([partial(lease.claim, job.pk)] * AT_ONCE)
    assert sum(one is not None for one in results) == 1


def test_a_task_that_is_delivered_many_times_imports_once(owner: User) -> None:
    job = start(owner)
    at_once([partial(work.run, job.pk)] * AT_ONCE)
    job.refresh_from_db()
    assert (job.state, job.report["added"]) == ("completed", 20)
    assert (Thread.objects.count(), Message.objects.count()) == (20, 60)
