"""Rows without files and files without rows, and a repair that loses nothing."""

import os
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import User
from chat.importing.models import ImportJob
from files import checking, opening
from files.checking import LOST, NO_PREVIEW, SPARE, UNKNOWN, Finding
from files.models import Blob
from tests.files.conftest import Upload, image

pytestmark = pytest.mark.django_db(transaction=True)
SHA = "ab" * 32


def found() -> list[tuple[str, str]]:
    return sorted((one.kind, one.path) for one in checking.check())


def put(path: str, *, days: float = 2) -> str:
    default_storage.save(path, ContentFile(b"clay"))
    if days:
        old = (timezone.now() - timedelta(days=days)).timestamp()
        os.utime(default_storage.path(path), (old, old))
    return path


def check(**options: Any) -> str:
    out = StringIO()
    call_command("check_files", stdout=out, **options)
    return out.getvalue()


@pytest.fixture
def blob(upload: Upload) -> Blob:
    return upload(image(size=(900, 600))).blob


def test_a_sound_studio_has_nothing_to_tell(blob: Blob, upload: Upload) -> None:
    upload(b"words", "a.txt")
    assert found() == []
    assert "0 rows without files, 0 files without rows; 0 repaired." in check()


def test_a_lost_original_is_told_and_never_repaired(blob: Blob) -> None:
    default_storage.delete(blob.path)

    assert found() == [(LOST, blob.path)]
    with pytest.raises(CommandError, match="1 rows without files, 0 files"):
        check(repair=True)
    assert Blob.objects.filter(pk=blob.pk).exists()


def test_a_lost_preview_is_made_again(blob: Blob, sent: list[str]) -> None:
    previews = [one.path for one in blob.renditions.all()]
    for path in previews:
        default_storage.delete(path)
    assert found() == [(NO_PREVIEW, path) for path in sorted(previews)]
    sent.clear()

    told = check(repair=True)

    assert f"{len(previews)} repaired" in told
    assert sent == [blob.pk]
    opening.open_file(blob.pk)
    blob.refresh_from_db()
    assert blob.is_ready
    assert found() == []


def test_a_preview_without_an_original_is_lost(blob: Blob) -> None:
    preview = blob.renditions.order_by("name")[0]
    default_storage.delete(blob.path)
    default_storage.delete(preview.path)

    assert found() == [(LOST, blob.path), (LOST, preview.path)]


def test_a_file_without_a_row_may_be_all_that_is_left_of_it(blob: Blob) -> None:
    original = put(f"originals/ab/ab/{SHA}")
    preview = put(f"renditions/ab/ab/{SHA}/320.webp")
    misplaced = put(f"originals/00/00/{blob.pk}")
    other = put("elsewhere/a.txt")

    assert found() == sorted((UNKNOWN, path) for path in (original, preview, misplaced, other))
    with pytest.raises(CommandError, match="4 files without rows; 0 repaired"):
        check(repair=True)
    assert all(default_storage.exists(path) for path in (original, preview, misplaced, other))


def test_what_is_not_needed_is_removed_by_a_repair(blob: Blob) -> None:
    spare = put(f"{blob.previews_folder}/17.webp")
    half = put(f"originals/ab/ab/.{SHA}.0123")

    assert found() == sorted([(SPARE, spare), (SPARE, half)])
    with pytest.raises(CommandError):
        check()
    assert default_storage.exists(spare)
    assert "2 files without rows; 2 repaired." in check(repair=True)
    assert found() == []


def test_what_is_on_its_way_is_no_finding(blob: Blob) -> None:
    put(f"originals/ab/ab/{SHA}", days=0)
    put(f"originals/ab/ab/.{SHA}.0123", days=0)
    put(f"{blob.previews_folder}/17.webp", days=0)
    Blob.objects.create(sha256="cd" * 32, size=1, media_type="text/plain")  # no bytes yet

    assert found() == []

    Blob.objects.filter(pk="cd" * 32).update(touched_at=timezone.now() - timedelta(days=2))
    assert [kind for kind, _path in found()] == [LOST]


def test_what_is_purged_meanwhile_is_no_finding(
    blob: Blob, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its row was read, and then both went."""
    names = checking._names

    def purged(folder: str) -> set[str]:
        blob.files.all().delete()
        Blob.objects.filter(pk=blob.pk).delete()
        default_storage.delete(blob.path)
        return names(folder)

    monkeypatch.setattr(checking, "_names", purged)
    assert list(checking._lost_originals()) == []


def test_files_that_rows_name_by_themselves_are_looked_at_too(owner: User) -> None:
    put("imports/kept.json")
    stray = put("imports/stray.json")
    kept = ImportJob.objects.create(owner=owner, name="a", size=1, file="imports/kept.json")
    ImportJob.objects.create(
        owner=owner, name="b", size=1, state="failed", file="imports/lost.json"
    )
    ImportJob.objects.create(owner=owner, name="c", size=1, state="failed", file="")

    assert found() == [(LOST, "imports/lost.json"), (UNKNOWN, stray)]
    kept.delete()
    assert (UNKNOWN, "imports/kept.json") in found()


def test_many_are_read_in_batches(upload: Upload, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "BATCH", 2)
    blobs = [upload(b"words %d" % number, "a.txt").blob for number in range(5)]
    for one in blobs:
        default_storage.delete(one.path)

    assert found() == sorted((LOST, one.path) for one in blobs)


def test_nothing_but_previews_is_opened_again(blob: Blob, sent: list[str]) -> None:
    sent.clear()
    assert not checking.repair(Finding(LOST, blob.path))
    assert not checking.repair(Finding(UNKNOWN, "elsewhere/a.txt"))
    assert sent == []
