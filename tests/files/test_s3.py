"""Files in a bucket, against a server that speaks S3, which may also be away."""

import io
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone
from moto.server import ThreadedMotoServer

from accounts.models import User
from files import checking, opening, purging, queue, s3, services
from files.models import Blob, File, State
from files.refusals import StorageAway
from tests.files.conftest import Upload, image

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("s3")]

KEYS = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}


class Server:
    """What it holds outlasts its stop."""

    def __init__(self) -> None:
        self._port = 0
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        self._server = ThreadedMotoServer("127.0.0.1", self._port, verbose=False)
        self._server.start()
        _, self._port = self._server.get_host_and_port()

    def stop(self) -> None:
        self._server.stop()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.stop()


@pytest.fixture
def bucket(server: Server) -> Any:
    found = boto3.resource("s3", endpoint_url=server.url, region_name="us-east-1", **KEYS)
    return found.create_bucket(Bucket=f"b-{uuid.uuid4()}")


@pytest.fixture(autouse=True)
def _in_the_bucket(
    _own_storage: None, server: Server, bucket: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(s3.CONFIG, "retries", {"mode": "standard", "max_attempts": 1})
    options = {
        "bucket_name": bucket.name,
        "endpoint_url": server.url,
        "region_name": "us-east-1",
        "access_key": "test",
        "secret_key": "test",
        "location": "studio",
        "addressing_style": "path",
    }
    storage = {"BACKEND": "files.s3.BucketStorage", "OPTIONS": options}
    settings.STORAGES = settings.STORAGES | {"default": storage}


@pytest.fixture
def away(server: Server) -> Iterator[Callable[[], None]]:
    """The server is stopped; called, it is back."""
    server.stop()
    back: list[bool] = []

    def come_back() -> None:
        if not back:
            server.start()
            back.append(True)

    yield come_back
    come_back()


def names(bucket: Any) -> list[str]:
    return [one.key for one in bucket.objects.all()]


def test_an_image_is_kept_opened_and_served(
    upload: Upload, bucket: Any, client: Client, owner: User
) -> None:
    content = image(size=(900, 600))
    file = upload(content, "clay.png")
    client.force_login(owner)

    assert f"studio/{file.blob.path}" in names(bucket)
    assert len(names(bucket)) == 1 + file.blob.renditions.count()
    whole = client.get(f"/files/{file.pk}/original")
    assert b"".join(whole) == content  # type: ignore[arg-type]
    part = client.get(f"/files/{file.pk}/original", headers={"Range": "bytes=10-99"})
    assert (part.status_code, b"".join(part)) == (206, content[10:100])  # type: ignore[arg-type]
    for edge, ending in ((320, "avif"), (1280, "webp")):
        shown = client.get(f"/files/{file.pk}/{edge}.{ending}")
        assert shown.headers["Content-Type"] == f"image/{ending}"
        assert len(b"".join(shown)) == int(shown.headers["Content-Length"])  # type: ignore[arg-type]


def test_a_large_file_goes_in_pieces(upload: Upload, client: Client, owner: User) -> None:
    content = b"0123456789abcde\n" * 750_000
    file = upload(content, "long.txt")
    client.force_login(owner)

    part = client.get(
        f"/files/{file.pk}/original", headers={"Range": f"bytes={len(content) - 16}-"}
    )

    assert file.blob.is_ready
    assert b"".join(part) == content[-16:]  # type: ignore[arg-type]


def test_the_same_bytes_are_kept_once(upload: Upload, bucket: Any, stranger: User) -> None:
    upload(b"clay", "a.txt")
    before = {one.key: one.last_modified for one in bucket.objects.all()}
    upload(b"clay", "b.txt", user=stranger)

    assert {one.key: one.last_modified for one in bucket.objects.all()} == before


def test_purging_empties_the_bucket(upload: Upload, bucket: Any) -> None:
    upload(image())
    long_ago = timezone.now() - timedelta(days=30)
    File.objects.update(created_at=long_ago)
    Blob.objects.update(touched_at=long_ago)

    assert purging.purge() == (1, 1)
    assert names(bucket) == []


def test_rows_and_files_are_compared_in_a_bucket(
    upload: Upload, bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "YOUNG", timedelta(0))
    blob = upload(image(size=(900, 600))).blob
    assert list(checking.check()) == []
    spare, preview = f"{blob.previews_folder}/17.webp", blob.renditions.order_by("name")[0].path
    default_storage.save(spare, ContentFile(b"xx"))
    default_storage.save("elsewhere/a.txt", ContentFile(b"xx"))
    default_storage.delete(preview)

    found = list(checking.check())

    assert {(one.kind, one.path) for one in found} == {
        (checking.NO_PREVIEW, preview),
        (checking.SPARE, spare),
        (checking.UNKNOWN, "elsewhere/a.txt"),
    }
    assert [one.kind for one in found if not checking.repair(one)] == [checking.UNKNOWN]
    opening.open_file(blob.pk)
    assert [one.kind for one in checking.check()] == [checking.UNKNOWN]


def test_what_is_gone_is_not_found(
    upload: Upload, bucket: Any, client: Client, owner: User
) -> None:
    file = upload(image())
    bucket.objects.all().delete()
    client.force_login(owner)

    assert client.get(f"/files/{file.pk}/original").status_code == 404
    with pytest.raises(FileNotFoundError):
        default_storage.open(file.blob.path)
    default_storage.delete(file.blob.path)  # a repeat harms nothing


def test_other_uses_of_the_storage_find_a_file_that_can_be_sought(bucket: Any) -> None:
    default_storage.save("imports/x.zip", ContentFile(b"0123456789"))

    with default_storage.open("imports/x.zip") as file:
        file.seek(-3, io.SEEK_END)
        assert file.read() == b"789"
    assert default_storage.listdir("imports") == ([], ["x.zip"])
    assert timezone.now() - default_storage.get_modified_time("imports/x.zip") < timedelta(hours=1)


def test_a_bucket_that_does_not_exist_is_a_failure_and_no_missing_file(settings: Any) -> None:
    options = settings.STORAGES["default"]["OPTIONS"] | {"bucket_name": "nowhere"}
    storage = s3.BucketStorage(**options)

    for act in (
        lambda: storage.part("x", 0, 1),
        lambda: storage.save("x", ContentFile(b"x")),
    ):
        with pytest.raises(s3.StorageFailed):
            act()


# --- A storage that is away ---


def test_an_upload_is_refused_and_leaves_nothing(
    client: Client, owner: User, away: Callable[[], None]
) -> None:
    client.force_login(owner)
    url = f"/files/{uuid.uuid4()}/"
    refused = client.post(url, image(), content_type="application/octet-stream")

    assert refused.status_code == 503
    assert refused.json()["message"].endswith("Please try again.")
    assert not File.objects.exists()
    away()
    assert client.post(url, image(), content_type="x/y").status_code == 201


def test_what_cannot_be_read_is_said(
    upload: Upload, server: Server, client: Client, owner: User
) -> None:
    file = upload(image())
    client.force_login(owner)
    server.stop()
    try:
        assert client.get(f"/files/{file.pk}/original").status_code == 503
        assert client.get(f"/files/{file.pk}/320.avif").status_code == 503
    finally:
        server.start()
    assert client.get(f"/files/{file.pk}/original").status_code == 200


def test_a_paid_image_waits_for_the_storage(
    owner: User, away: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []

    def wait(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 2:
            away()

    monkeypatch.setattr(services, "sleep", wait)
    file = services.keep_result(user=owner, file_id=uuid.uuid4(), name="x", content=image())
    opening.open_file(file.blob_id)

    assert waited == list(services.PAUSES[:2])
    assert Blob.objects.get().is_ready


def test_a_paid_image_that_waited_in_vain_is_told(
    owner: User, away: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "PAUSES", (0.0,))
    with pytest.raises(StorageAway):
        services.keep_result(user=owner, file_id=uuid.uuid4(), name="x", content=image())


def test_a_file_is_opened_when_the_storage_is_back(
    upload: Upload, server: Server, sent: list[str]
) -> None:
    file = upload(image(), opened=False)
    server.stop()
    try:
        for _ in range(queue.MAX_ATTEMPTS + 2):
            opening.open_file(file.blob_id)
            assert Blob.objects.get().state == State.WAITING
    finally:
        server.start()
    Blob.objects.update(sent_at=timezone.now() - timedelta(seconds=60))
    assert queue.sweep() == 1
    assert sent == [file.blob_id] * 2

    opening.open_file(file.blob_id)

    assert Blob.objects.get().is_ready


def test_a_storage_that_stays_away_is_said_at_last(upload: Upload, server: Server) -> None:
    file = upload(image(), opened=False)
    Blob.objects.update(waiting_since=timezone.now() - timedelta(hours=1))
    server.stop()
    try:
        opening.open_file(file.blob_id)
    finally:
        server.start()

    blob = Blob.objects.get()
    assert (blob.state, blob.error_code) == (State.FAILED, "storage_away")
    assert blob.can_be_tried_again


def test_purging_waits_for_the_storage(upload: Upload, bucket: Any, server: Server) -> None:
    upload(image()).delete()
    Blob.objects.update(touched_at=timezone.now() - timedelta(days=30))
    server.stop()
    try:
        assert purging.purge() == (0, 0)
        assert Blob.objects.count() == 1
    finally:
        server.start()

    assert purging.purge() == (0, 1)
    assert names(bucket) == []
