"""Pillow's own test images, many of them broken on purpose: uploaded to a running studio, and
cleaned of what they tell of their makers."""

import io
import warnings
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import pytest
import requests
from django.test import Client
from PIL import Image, ImageSequence

from accounts.models import User
from files.content import HEAD, IMAGES, media_type_of
from files.limited.cleaning import ORIENTATION, clean_copy
from files.models import Blob, File, State
from files.sentences import PASSING
from tests.studio import ROOT, Studio, wait_until

CORPUS = ROOT / ".data/corpora/pillow"
BATCH = 60
# What each of these is known to be.
DAMAGED = {"truncated_image.png", "broken_data_stream.png", "truncated_jpeg.jpg", "zero_width.gif"}
BOMBS = {"decompression_bomb.gif"}


def corpus() -> list[Path]:
    if not CORPUS.exists():
        pytest.skip("Pillow's sources are not there: run scripts/install-test-tools.sh")
    return sorted(path for path in CORPUS.rglob("*") if path.is_file())


# --- Through upload ---


@pytest.fixture
def browser(studio: Studio, owner: User) -> Iterator[requests.Session]:
    """Of a studio with a media worker, signed in."""
    studio.start_web()
    studio.start_worker("media", queue="media", pool="prefork", concurrency=2)
    signed_in = Client()
    signed_in.force_login(owner)
    with requests.Session() as session:
        session.cookies.set("sessionid", signed_in.cookies["sessionid"].value)
        session.get(f"{studio.url}/chat/")
        session.headers["X-CSRFToken"] = session.cookies["csrftoken"]
        yield session


@pytest.mark.stack
@pytest.mark.timeout(900)
def test_every_image_is_taken_or_refused_with_a_sentence(
    studio: Studio, browser: requests.Session
) -> None:
    paths = corpus()
    statuses: dict[str, int] = {}
    for start in range(0, len(paths), BATCH):
        for path in paths[start : start + BATCH]:
            answer = browser.post(
                f"{studio.url}/files/{uuid4()}/",
                path.read_bytes(),
                headers={"X-File-Name": quote(path.name)},
            )
            statuses[path.name] = answer.status_code
            assert answer.status_code in (201, 413, 415, 422), path.name
            assert answer.status_code == 201 or answer.json()["message"].endswith(".")
        wait_until(are_opened, seconds=300, what="all files are opened")

    assert all(process.poll() is None for process in studio.processes.values())
    assert b"Traceback" not in (studio.data / "web.log").read_bytes()
    assert b"Worker exited prematurely" not in (studio.data / "media.log").read_bytes()
    files = File.objects.select_related("blob")
    ended = {file.name: file.blob for file in files}
    assert not set(ended.values()) & set(Blob.objects.filter(error_code__in=PASSING))
    assert all(ended[name].error_code == "damaged" for name in DAMAGED)
    assert all(ended[name].error_code == "too_many_pixels" for name in BOMBS)
    for file in files:
        assert file.problem.endswith(".") == (file.blob.state == State.FAILED)
        if file.blob.is_image and file.blob.is_ready:
            assert file.blob.renditions.filter(name="320.avif").exists(), file.name
    assert sum(blob.is_ready and blob.is_image for blob in ended.values()) > 400
    assert sum(status == 415 for status in statuses.values()) > 300


def are_opened() -> bool:
    return not Blob.objects.exclude(state__in=[State.READY, State.FAILED]).exists()


# --- Without metadata ---


def test_cleaning_takes_no_pixel_and_leaves_no_metadata(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 5_000_000)  # bombs are read by no test itself
    cleaned = 0
    for path in corpus():
        content = path.read_bytes()
        media_type = media_type_of(content[:HEAD], path.name)
        shown = look(content) if media_type in IMAGES else None
        if shown is None or media_type is None:
            continue
        frames, orientation, told = shown
        clean = clean_copy(content, media_type, orientation)
        if clean is None:
            continue
        again = look(clean)
        assert again is not None, path.name
        assert again[0] == frames, path.name
        assert again[1] == orientation, path.name
        assert not again[2], path.name
        assert clean_copy(clean, media_type, orientation) == clean, path.name
        cleaned += bool(told)
    assert cleaned > 40


def look(content: bytes) -> tuple[list[bytes], int, set[str]] | None:
    """Pixels of each frame, orientation, and what tells of its maker; None for what Pillow
    cannot read, or for the many images of an MPO, of which the first is the file's."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(io.BytesIO(content)) as image:
                exif = image.getexif()
                only_first = image.format in ("MPO", "JPEG")
                frames = [
                    frame.convert("RGBA").tobytes()
                    for frame in ([image] if only_first else ImageSequence.Iterator(image))
                ]
                told = {"xmp", "comment", "photoshop", "XML:com.adobe.xmp"} & set(image.info)
                told |= set(getattr(image, "text", {}))
                told |= {"exif"} if set(exif) - {ORIENTATION} else set()
                return frames, int(exif.get(ORIENTATION) or 1), told
        except Exception:  # broken on purpose
            return None
