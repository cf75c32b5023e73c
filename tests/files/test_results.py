"""Images that models made: kept by the same door, never lost for a limit, and whoever waits for
one hears of its end."""

import errno
import threading
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from files import opened, opening, queue, services
from files.models import Blob, File, State
from files.refusals import NotYours, StorageAway, TooLarge, WrongKind
from tests.files.conftest import image, pdf

pytestmark = pytest.mark.django_db(transaction=True)

Keep = Callable[..., File]


@pytest.fixture
def keep(owner: User, monkeypatch: pytest.MonkeyPatch) -> Keep:
    monkeypatch.setattr(services, "PAUSES", (0.0, 0.0))

    def bring(
        content: bytes = image(), *, user: User = owner, file_id: uuid.UUID | None = None
    ) -> File:
        return services.keep_result(
            user=user, file_id=file_id or uuid.uuid4(), name="A fox.png", content=content
        )

    return bring


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """State and error of each blob whose end was told."""
    heard: list[tuple[str, str]] = []
    monkeypatch.setattr(opened, "_callbacks", [])
    opened.register(lambda blob: heard.append((blob.state, blob.error_code)))
    return heard


def test_a_result_is_kept_as_it_came(keep: Keep, sent: list[str]) -> None:
    file = keep()

    assert (file.name, sent) == ("A fox.png", [file.blob_id])
    opening.open_file(file.blob_id)
    with default_storage.open(file.blob.path) as original:
        assert original.read() == image()


def test_no_quota_loses_what_was_paid_for(keep: Keep, settings: Any) -> None:
    settings.USER_STORAGE_BYTES = settings.MAX_UPLOAD_BYTES = 10

    assert keep().blob.size > 10


def test_what_is_no_image_is_refused(keep: Keep, settings: Any) -> None:
    for content in pdf(), b"I cannot draw that.", b"<svg xmlns='x'/>":
        with pytest.raises(WrongKind):
            keep(content)
    settings.MAX_RESULT_BYTES = 10
    with pytest.raises(TooLarge):
        keep()
    assert not File.objects.exists()


def test_a_repeated_result_is_the_first_one(keep: Keep, owner: User, stranger: User) -> None:
    """As after the death of a worker that kept an image and did not say so."""
    file_id = uuid.uuid4()
    first = keep(file_id=file_id)

    assert keep(image(size=(30, 30)), file_id=file_id) == first
    assert File.objects.get().blob_id == first.blob_id
    with pytest.raises(NotYours):
        keep(user=stranger, file_id=file_id)


def test_one_result_from_two_workers_at_the_same_moment(keep: Keep) -> None:
    file_id, gate = uuid.uuid4(), threading.Barrier(5)
    kept: list[File] = []

    def bring(side: int) -> None:
        gate.wait()
        kept.append(keep(image(size=(side, 9)), file_id=file_id))
        connection.close()

    workers = [threading.Thread(target=bring, args=(20 + number,)) for number in range(5)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert len({file.blob_id for file in kept}) == 1
    assert len(kept) == 5
    assert File.objects.count() == 1


def test_a_result_that_could_not_be_opened_gives_way(keep: Keep) -> None:
    file_id = uuid.uuid4()
    broken = keep(image()[:-60], file_id=file_id)
    opening.open_file(broken.blob_id)

    file = keep(file_id=file_id)

    assert file.pk == broken.pk
    assert file.blob_id != broken.blob_id
    assert file.blob.state == State.WAITING


def test_a_storage_that_fails_for_a_moment_loses_nothing(
    keep: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    save, failures = default_storage.save, [True, True]

    def flaky(*args: Any, **how: Any) -> str:
        if failures and failures.pop():
            raise OSError(errno.EIO, "away")
        return save(*args, **how)

    monkeypatch.setattr(default_storage, "save", flaky)

    opening.open_file(keep().blob_id)

    assert Blob.objects.get().is_ready


def test_a_storage_that_stays_away_is_said(keep: Keep, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*args: Any, **how: Any) -> str:
        raise OSError(errno.EIO, "away")

    monkeypatch.setattr(default_storage, "save", away)
    with pytest.raises(StorageAway) as refusal:
        keep()
    assert refusal.value.sentence().endswith("Please try again.")
    assert not File.objects.exists()


# --- Who waits for it ---


def test_the_end_is_told_once(keep: Keep, told: list[tuple[str, str]]) -> None:
    good, broken = keep(), keep(image()[:-60])
    for file in good, broken, good:
        opening.open_file(file.blob_id)

    assert told == [(State.READY, ""), (State.FAILED, "damaged")]


def test_an_end_by_the_sweep_is_told(keep: Keep, told: list[tuple[str, str]]) -> None:
    file = keep()
    Blob.objects.update(waiting_since=timezone.now() - timedelta(hours=1))

    queue.sweep()

    assert told == [(State.FAILED, "lost")]
    assert keep(file_id=file.pk).blob.state == State.WAITING  # brought again, it is tried again


def test_an_end_that_cannot_be_told_is_not_written_and_stops_no_other(
    keep: Keep, told: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = keep(), keep(image(size=(30, 30)))

    def broken(blob: Blob) -> None:
        if blob.pk == first.blob_id:
            raise RuntimeError("no listener")

    monkeypatch.setattr(opened, "_callbacks", [broken, *opened._callbacks])
    with pytest.raises(RuntimeError):
        opening.open_file(first.blob_id)
    Blob.objects.filter(pk=second.blob_id).update(state=State.DECODING)
    Blob.objects.update(lease_until=timezone.now() - timedelta(hours=1), attempts=9)
    queue.sweep()

    states = dict(Blob.objects.values_list("pk", "state"))
    assert states == {first.blob_id: State.DECODING, second.blob_id: State.FAILED}
    monkeypatch.undo()
    queue.sweep()
    assert Blob.objects.filter(state=State.FAILED).count() == 2


def test_who_looked_first_is_told_after_its_commit(keep: Keep, told: list[tuple[str, str]]) -> None:
    blob = queue.claim(keep().blob_id)
    assert blob is not None

    def end() -> None:
        opening._finish(blob, opening.Opened())
        connection.close()

    worker = threading.Thread(target=end)
    with transaction.atomic():
        assert not opened.locked(blob.pk).is_ready
        worker.start()
        worker.join(0.3)
        assert told == []
    worker.join()

    assert told == [(State.READY, "")]
