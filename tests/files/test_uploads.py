"""Uploads: limits, names, repeats, races, and what is left after a fault."""

import errno
import threading
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings as django_settings
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import User
from chat.models import Attachment, Message, Thread
from files import purging, services
from files.content import media_type_of
from files.models import Blob, File, State
from files.names import BYTES, cleaned
from files.refusals import Cut, IdTaken, NotYours, QuotaReached, TooLarge
from files.storage import WholeFileStorage
from tests.files.conftest import Upload, image

pytestmark = pytest.mark.django_db(transaction=True)


def stored() -> list[Path]:
    root = Path(django_settings.MEDIA_ROOT)
    return [path for path in root.rglob("*") if path.is_file()]


def test_the_same_bytes_are_kept_once(upload: Upload, owner: User, stranger: User) -> None:
    first = upload(image(), "a.png")
    second = upload(image(), "b.png", user=stranger)

    assert first.blob_id == second.blob_id
    assert len([path for path in stored() if "originals" in path.parts]) == 1
    assert not File.objects.visible_to(stranger).filter(pk=first.pk).exists()


def test_the_same_bytes_at_the_same_moment(owner: User, sent: list[str]) -> None:
    gate, content = threading.Barrier(6), image()

    def bring() -> None:
        gate.wait()
        services.upload(user=owner, file_id=uuid.uuid4(), name="x.png", pieces=[content])
        connection.close()

    threads = [threading.Thread(target=bring) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (Blob.objects.count(), File.objects.count(), len(sent)) == (1, 6, 1)
    assert len(stored()) == 1


def test_an_upload_can_be_repeated(owner: User) -> None:
    file_id = uuid.uuid4()
    for _ in range(3):
        services.upload(user=owner, file_id=file_id, name="x.txt", pieces=[b"clay"])

    assert File.objects.count() == 1
    with pytest.raises(IdTaken):
        services.upload(user=owner, file_id=file_id, name="x.txt", pieces=[b"water"])


def test_an_id_of_somebody_else_is_not_found(upload: Upload, stranger: User) -> None:
    file = upload(b"clay", "x.txt")

    with pytest.raises(NotYours):
        services.upload(user=stranger, file_id=file.pk, name="x.txt", pieces=[b"clay"])


def test_limits(owner: User, settings: Any) -> None:
    settings.MAX_UPLOAD_BYTES = 1000
    settings.USER_STORAGE_BYTES = 1500

    def bring(content: bytes, size: int | None = None) -> File:
        values = {"file_id": uuid.uuid4(), "name": "x.txt", "size": size}
        return services.upload(user=owner, pieces=[content], **values)  # type: ignore[arg-type]

    with pytest.raises(TooLarge):
        bring(b"a" * 1001)
    with pytest.raises(TooLarge):
        bring(b"a", size=1001)
    with pytest.raises(Cut):
        bring(b"half", size=8)
    bring(b"a" * 900)
    with pytest.raises(QuotaReached):
        bring(b"b" * 900)
    assert File.objects.count() == 1


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_said_and_leaves_nothing(
    owner: User, client: Client, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def full(*args: Any) -> None:
        raise OSError(code, "full")

    monkeypatch.setattr("files.storage.os.fsync", full)
    client.force_login(owner)

    response = post(client, b"clay", "x.txt")

    assert response.status_code == 413
    assert "no room" in response.json()["message"]
    assert (stored(), File.objects.count()) == ([], 0)

    monkeypatch.undo()


def test_half_a_file_in_the_storage_is_written_again(upload: Upload) -> None:
    file = upload(image())
    path = Path(default_storage.path(file.blob.path))
    path.write_bytes(b"half")

    upload(image())

    assert path.read_bytes() == image()


def test_a_crash_leaves_no_file_under_its_name(tmp_path: Path) -> None:
    class Breaks:
        name = "x"

        def chunks(self, size: int) -> Any:
            yield b"half"
            raise RuntimeError

    storage = WholeFileStorage(location=tmp_path)
    with pytest.raises(RuntimeError):
        storage._save("a/b", Breaks())  # type: ignore[arg-type]
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ana\\notes.txt", "notes.txt"),
        ("\u202egnp.exe", "gnp.exe"),
        ("a\x00b\r\nc.txt", "abc.txt"),
        ("..", "file"),
        ("", "file"),
        ("/", "file"),
        ('"><script>alert(1)</script>.png', "script>.png"),
        ("  notes   of  clay .txt ", "notes of clay .txt"),
    ],
)
def test_names_lose_what_deceives(name: str, kept: str) -> None:
    assert cleaned(name) == kept


def test_long_names_keep_their_ending() -> None:
    for letter in "a", "ç", "陶", "🏺":
        name = cleaned(letter * 400 + ".txt")
        assert name.endswith(".txt")
        assert len(name.encode()) <= BYTES


def test_a_text_that_calls_itself_an_image_is_none() -> None:
    assert media_type_of(b"clay", "clay.png") is None
    assert media_type_of(b"clay", "clay") == "text/plain"


# --- Over HTTP ---


def post(client: Client, content: bytes, name: str, file_id: uuid.UUID | None = None) -> Any:
    return client.post(
        f"/files/{file_id or uuid.uuid4()}/",
        content,
        content_type="application/octet-stream",
        headers={"X-File-Name": quote(name)},
    )


@pytest.fixture
def page(client: Client, owner: User) -> Client:
    client.force_login(owner)
    return client


def test_an_upload_over_http(page: Client) -> None:
    response = post(page, image(), "olá “clay”.png")

    assert response.status_code == 201
    assert response.json()["name"] == "olá “clay”.png"
    assert response.json()["state"] == "checking"


def test_refusals_are_sentences(page: Client, settings: Any) -> None:
    settings.MAX_UPLOAD_BYTES = 1_000_000
    answers = [
        post(page, content, "x.png") for content in (b"", b"\x00\x01" * 50, b"a" * 1_000_001)
    ]

    assert [answer.status_code for answer in answers] == [422, 415, 413]
    assert all(answer.json()["message"].endswith(".") for answer in answers)


def test_a_file_is_served_as_it_came(page: Client, upload: Upload) -> None:
    content = image()
    file = upload(content, "clay.png")

    whole = page.get(f"/files/{file.pk}/original")

    assert b"".join(whole) == content
    assert whole.headers["Content-Type"] == "image/png"
    assert whole.headers["Content-Disposition"] == 'inline; filename="clay.png"'
    assert whole.headers["X-Content-Type-Options"] == "nosniff"
    assert whole.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert set(whole.headers["Cache-Control"].split(", ")) == {
        "private", "immutable", "max-age=31536000",
    }  # fmt: skip
    assert page.get(f"/files/{file.pk}/321.webp").status_code == 404
    assert page.get(f"/files/{file.pk}/320.html").status_code == 404


@pytest.mark.parametrize("name", ["page.html", 'a"b\r\nX: y.txt', "<img src=x onerror=alert(1)>"])
def test_what_is_no_image_is_only_saved(page: Client, upload: Upload, name: str) -> None:
    file = upload(b"<html><script>alert(1)</script>", name)

    response = page.get(f"/files/{file.pk}/original")

    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.headers["Content-Disposition"].startswith("attachment; filename")
    assert "X" not in set(response.headers)


def test_what_nobody_has_looked_into_is_not_served(page: Client, upload: Upload) -> None:
    file = upload(image(), opened=False)

    assert page.get(f"/files/{file.pk}/original").status_code == 404


def test_a_failure_of_ours_can_be_tried_again(page: Client, upload: Upload) -> None:
    file = upload(image(), opened=False)
    Blob.objects.update(state=State.FAILED, error_code="lost")
    told = page.get(f"/files/{file.pk}/").json()
    assert (told["state"], told["passing"]) == ("failed", True)

    assert page.post(f"/files/{file.pk}/again/").json()["state"] == "checking"


# --- What goes ---


def age() -> None:
    long_ago = timezone.now() - timedelta(days=30)
    File.objects.update(created_at=long_ago)
    Blob.objects.update(touched_at=long_ago)


def test_a_file_goes_when_nothing_points_to_it(upload: Upload, owner: User) -> None:
    upload(b"nobody needs this", "a.txt")
    kept = upload(image(), "b.png")
    thread = Thread.objects.create(owner=owner)
    message = Message.objects.create(thread=thread, role="user")
    Attachment.objects.create(message=message, file=kept, position=0)
    assert purging.purge() == (0, 0)  # it was brought just now
    age()

    assert purging.purge() == (1, 1)

    assert [file.pk for file in File.objects.all()] == [kept.pk]
    assert all(kept.blob_id in str(path) for path in stored())
    thread.delete()
    assert purging.purge() == (1, 1)
    assert stored() == []


def test_bytes_that_come_again_are_kept(upload: Upload) -> None:
    file = upload(image())
    age()
    file.delete()
    upload(image())

    assert purging.purge() == (0, 0)


def test_a_person_goes_with_all_their_files(upload: Upload, owner: User) -> None:
    file = upload(image())
    thread = Thread.objects.create(owner=owner)
    message = Message.objects.create(thread=thread, role="user", author=owner)
    Attachment.objects.create(message=message, file=file, position=0)

    owner.delete()

    assert not File.objects.exists()
