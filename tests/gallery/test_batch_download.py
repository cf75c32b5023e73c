"""Images as one ZIP: all of them, under good names, with a manifest, and in little memory."""

import io
import json
import os
import sys
import zipfile
from datetime import timedelta
from pathlib import Path
from subprocess import run
from typing import Any
from uuid import UUID, uuid4

import psutil
import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone

from accounts.models import User
from files.zipping import originals
from gallery.batches import services
from gallery.batches.archive import archive
from gallery.batches.models import Batch
from gallery.batches.selection import Selection
from gallery.images import GeneratedImage
from gallery.models import Post
from gallery.seeding.pictures import pictures
from gallery.seeding.posts import Studio as Gallery
from gallery.seeding.posts import write
from tests.gallery.rows import make_exchange, make_image, make_image_model
from tests.gallery.rows import make_post as bare_post
from tests.gallery.trash import keep_file, make_post
from tests.page import Page
from tests.studio import ROOT, Studio

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def own_storage(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


def prepare(user: User, selection: Selection | None = None) -> Batch:
    chosen = selection or Selection(filters={}, until=timezone.now())
    return services.begin(user=user, batch_id=uuid4(), kind="download", selection=chosen)


def opened(content: bytes) -> zipfile.ZipFile:
    found = zipfile.ZipFile(io.BytesIO(content))
    assert found.testzip() is None
    return found


def zipped(batch: Batch) -> zipfile.ZipFile:
    return opened(b"".join(archive(batch)))


def manifest(found: zipfile.ZipFile) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(found.read("manifest.json"))
    assert content["format"] == "atelier.images"
    return content


def test_files_say_what_they_are(owner: User) -> None:
    at = timezone.now().replace(year=2026, month=3, day=5, hour=12)
    post = make_post(owner, images=2, caption="Três vasos / à <luz>: da manhã! More of it.")
    GeneratedImage.objects.update(created_at=at, model_name="FLUX 1.1 Pro", cost="0.04")
    found = zipped(prepare(owner))

    names = [
        f"2026-03-05 Três vasos à luz da manhã FLUX 1.1 Pro {number:04}.png" for number in (1, 2)
    ]
    assert found.namelist() == [*names, "manifest.json"]
    assert found.read(names[0]) == b"clay"
    told = manifest(found)
    assert (told["images"], told["missing"]) == (2, 0)
    row = told["files"][0]
    assert row["file"] == names[0]
    assert UUID(row["image"]) in {image.pk for image in post.images.all()}
    assert row["post"] == str(post.pk)
    assert (row["prompt"], row["model"], row["cost"]) == (
        "Three vases",
        "FLUX 1.1 Pro",
        "0.04000000",
    )
    assert (row["width"], row["height"]) == (800, 1000)
    assert row["caption"].startswith("Três vasos / à")
    assert row["date"].startswith("2026-03-05T12")


def test_long_words_leave_room_for_the_number(owner: User) -> None:
    make_post(owner, images=2, caption="W" * 300)
    GeneratedImage.objects.update(model_name="м" * 120)
    names = zipped(prepare(owner)).namelist()
    assert len(set(names)) == 3
    assert all(len(name.encode()) < 250 for name in names)
    assert names[1].endswith(" 0002.png")


def test_a_missing_file_is_left_out_and_named(owner: User) -> None:
    for number in range(3):
        make_post(owner, caption=f"Number {number}")
    lost = GeneratedImage.objects.order_by("-created_at")[1]
    assert lost.file is not None
    default_storage.delete(lost.file.blob.path)

    found = zipped(prepare(owner))

    assert len(found.namelist()) == 3
    told = manifest(found)
    assert (told["images"], told["missing"]) == (3, 1)
    (row,) = [row for row in told["files"] if row.get("missing")]
    assert row["image"] == str(lost.pk)
    assert row["file"] not in found.namelist()


def test_only_what_is_ready_and_still_there(owner: User, stranger: User) -> None:
    post, theirs = make_post(owner, images=3), make_post(stranger)
    make_image(post.exchanges.get(), position=3, status="drawing")
    gone, *kept = post.images.order_by("position")
    batch = prepare(
        owner, Selection([*(image.pk for image in post.images.all()), theirs.images.get().pk])
    )
    GeneratedImage.objects.filter(pk=gone.pk).update(deleted_at=timezone.now())
    assert len(zipped(batch).namelist()) == len(kept)  # the slot is none, the manifest is one
    Post.objects.filter(pk=post.pk).update(deleted_at=timezone.now())
    assert zipped(batch).namelist() == ["manifest.json"]
    assert manifest(zipped(batch)) == {
        "format": "atelier.images", "version": 1, "images": 0, "missing": 0, "files": [],
    }  # fmt: skip


def test_it_is_its_owners_for_a_day(owner: User, stranger: User) -> None:
    make_post(owner)
    batch = prepare(owner)
    url = f"/gallery/batches/{batch.pk}/download/"
    clients = [Client(), Client()]
    for client, user in zip(clients, (owner, stranger), strict=True):
        client.force_login(user)
    mine, theirs = clients
    answer = mine.get(url)
    assert answer.headers["Content-Type"] == "application/zip"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="Atelier 20')
    assert len(opened(answer.getvalue()).namelist()) == 2
    assert theirs.get(url).status_code == 404
    assert Client().get(url).status_code == 302
    Batch.objects.update(created_at=timezone.now() - timedelta(days=1, seconds=1))
    assert mine.get(url).status_code == 404


def test_no_connection_is_held_between_the_pages(owner: User) -> None:
    from django.db import connection

    make_post(owner, images=3)
    parts = archive(prepare(owner))
    next(parts)
    assert connection.connection is None
    parts.close()


def test_an_archive_of_many_files_needs_no_more_memory_than_one_of_few(
    owner: User, tmp_path: Path
) -> None:
    """Of its own process, so that nothing else is measured."""
    blob = keep_file(owner).blob
    (tmp_path / "blob").write_bytes(b"clay")
    script = tmp_path / "many.py"
    script.write_text(MANY.format(root=str(ROOT), path=blob.path, media=str(tmp_path / "media")))
    peaks = {}
    for number in (2_000, 40_000):
        done = run(
            [sys.executable, str(script), str(number)], cwd=ROOT, capture_output=True, text=True,
            check=True, env=os.environ | {"ATELIER_DATA_DIR": str(tmp_path)},
        )  # fmt: skip
        peaks[number] = int(done.stdout.split()[-1])
    assert peaks[40_000] < peaks[2_000] + 2_000_000, peaks


MANY = """
import os, sys, tracemalloc
from unittest.mock import patch
sys.path.insert(0, {root!r})
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
import django
django.setup()
from django.conf import settings
settings.MEDIA_ROOT = {media!r}
from files import zipping
blob = type("Blob", (), dict(pk="x", path={path!r}))()
files = ((f"2026-03-05 Three vases Shapes {{n:05}}.png", blob) for n in range(int(sys.argv[1])))
sent = 0
with patch.object(zipping, "connection"):
    tracemalloc.start()
    for part in zipping.originals(files):
        sent += len(part)
assert sent > 100 * int(sys.argv[1])
print(tracemalloc.get_traced_memory()[1])
"""


def test_a_directory_on_disk_says_what_zipfile_would(owner: User) -> None:
    """More files than a ZIP without 64-bit records may have."""
    blob = keep_file(owner).blob
    content = b"".join(originals((f"ã {number}.png", blob) for number in range(66_000)))
    with zipfile.ZipFile(io.BytesIO(content)) as found:
        names = found.namelist()
        assert len(names) == 66_000
        assert names[-1] == "ã 65999.png"
        for name in (names[0], names[40_000], names[-1]):
            assert found.read(name) == b"clay"


@pytest.mark.stack
def test_five_thousand_that_match_are_streamed_in_flat_memory(
    owner: User, settings: Any, studio: Studio
) -> None:
    settings.MEDIA_ROOT = studio.data / "media"
    models = [make_image_model("demo-shapes")]
    fill = Gallery(owner, pictures(owner, 9, 1), models, [None], timezone.now())
    for _made in write(fill, 5_000):
        pass
    studio.start_web()
    web = psutil.Process(studio.processes["web"].pid)
    page = Page(studio.url, owner)
    page.http.get(f"{studio.url}/gallery/")
    until = page.http.get(f"{studio.url}/gallery/batches/matching/").json()["until"]
    fields = {"kind": "download", "filters": "", "until": until}

    def download() -> bytes:
        made = page.post("/gallery/batches/", id=str(uuid4()), **fields).json()
        answer = page.http.get(f"{studio.url}{made['url']}", stream=True)
        return b"".join(answer.iter_content(1 << 16))

    few = page.post(
        "/gallery/batches/", id=str(uuid4()), kind="download",
        ids=",".join(str(one) for one in GeneratedImage.objects.values_list("pk", flat=True)[:300]),
    ).json()  # fmt: skip
    page.http.get(f"{studio.url}{few['url']}")
    before = web.memory_info().rss

    content = download()

    grown = web.memory_info().rss - before
    found = opened(content)
    assert len(found.namelist()) == len(set(found.namelist())) == 5_001
    told = manifest(found)
    assert (told["images"], told["missing"]) == (5_000, 0)
    assert {row["file"] for row in told["files"]} | {"manifest.json"} == set(found.namelist())
    assert grown < 25_000_000 < len(content), (grown, len(content))


def test_a_post_without_a_file_is_nothing(owner: User) -> None:
    make_exchange(bare_post(owner, images=0))
    assert zipped(prepare(owner)).namelist() == ["manifest.json"]
