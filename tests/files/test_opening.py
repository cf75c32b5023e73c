"""What becomes of files, whole and broken. Each is opened in a real process with its limits."""

import io
import os
import signal
import subprocess
import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone
from PIL import Image

from files import opening, queue
from files.limited.limits import Limits
from files.models import Blob, Rendition, State
from files.refusals import Empty, WrongKind
from tests.files.conftest import (
    Upload,
    animation,
    empty_png,
    image,
    noise,
    pdf,
    rotated,
)

pytestmark = pytest.mark.django_db(transaction=True)

SVG = (
    b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
)


def made(blob: Blob) -> dict[str, Rendition]:
    return {rendition.name: rendition for rendition in blob.renditions.all()}


def read(rendition: Rendition) -> bytes:
    with default_storage.open(rendition.path) as file:
        content: bytes = file.read()
        return content


@pytest.mark.parametrize(
    ("content", "media_type", "size"),
    [
        (image("PNG"), "image/png", (400, 300)),
        (image("JPEG", mode="CMYK"), "image/jpeg", (400, 300)),
        (image("PNG", mode="I;16"), "image/png", (400, 300)),
        (image("WEBP", mode="RGBA"), "image/webp", (400, 300)),
        (image("PNG", mode="1"), "image/png", (400, 300)),
        (image("PNG", size=(1, 3000)), "image/png", (1, 3000)),
        (animation(), "image/gif", (64, 48)),
        (rotated(), "image/jpeg", (300, 400)),
    ],
    ids=["png", "cmyk", "16 bits", "transparent", "1 bit", "thin", "animated", "turned"],
)
def test_an_image_gets_its_size_and_its_previews(
    upload: Upload, content: bytes, media_type: str, size: tuple[int, int]
) -> None:
    file = upload(content, "x.bin")

    blob = file.blob
    assert (blob.state, blob.media_type) == (State.READY, media_type), file.problem
    assert (blob.width, blob.height) == size
    renditions = made(blob)
    for edge, width, height in file.previews:
        for ending in "avif", "webp":
            with Image.open(io.BytesIO(read(renditions[f"{edge}.{ending}"]))) as preview:
                assert (preview.format, preview.size) == (ending.upper(), (width, height))
    told = renditions.get("model.jpg") or renditions["model.png"]
    with Image.open(io.BytesIO(read(told))) as shown:
        assert shown.getexif() == {}
    with default_storage.open(blob.path) as original:
        assert original.read() == content


def test_sixteen_bits_are_scaled_and_not_clipped(upload: Upload) -> None:
    blob = upload(image("PNG", mode="I;16")).blob

    with Image.open(io.BytesIO(read(made(blob)["model.jpg"]))) as shown:
        assert abs(shown.convert("L").getpixel((9, 9)) - 40_000 // 256) < 4  # type: ignore[operator]


@pytest.mark.parametrize(
    ("content", "name"),
    [(SVG, "x.png"), (SVG, "x.svg"), (SVG, "x.txt"), (noise(), "x.png"), (noise(), "notes.txt")],
)
def test_what_is_no_image_pdf_or_text_is_refused(upload: Upload, content: bytes, name: str) -> None:
    with pytest.raises(WrongKind):
        upload(content, name)
    assert not Blob.objects.exists()


def test_an_empty_file_is_refused(upload: Upload) -> None:
    with pytest.raises(Empty):
        upload(b"", "x.txt")


BROKEN = {
    "a PNG without its end": (lambda: image("PNG", size=(900, 900))[:-3000], "damaged"),
    "a JPEG's beginning": (lambda: image("JPEG")[:800], "damaged"),
    "a GIF that is a script": (lambda: b"GIF89a/*" + bytes(30) + b"*/=1;alert(1)//", "damaged"),
    "a PNG of noise": (lambda: b"\x89PNG\r\n\x1a\n" + noise(), "damaged"),
    "a WebP of noise": (lambda: b"RIFF\xff\xff\xff\xffWEBP" + noise(), "damaged"),
    "a PNG that is a bomb": (lambda: empty_png(10_000, 10_000), "too_many_pixels"),
    "a PDF of noise": (lambda: b"%PDF-1.7\n" + noise(), "damaged"),
    "a PDF with a password": (lambda: pdf(password="secret"), "password"),
    "a PDF that is a bomb": (lambda: pdf(filling=300_000_000), "too_complex"),
    "a text with other bytes": (lambda: b"ordinary text " * 6000 + b"\x00\x01\x02", "not_text"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_fails_with_a_sentence(upload: Upload, name: str) -> None:
    make, code = BROKEN[name]

    file = upload(make())

    assert (file.blob.state, file.blob.error_code) in {
        (State.FAILED, code),
        # A library may give up on a bomb before the limits do.
        *([(State.FAILED, "damaged")] if code == "too_complex" else []),
    }
    assert file.problem.endswith(".")
    assert not file.blob.renditions.exists()


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("olá, ação\r\n".encode(), "olá, ação\n"),
        ("\ufeffolá".encode(), "olá"),
        ("olá €".encode("utf-16"), "olá €"),
        ("olá €".encode("utf-32"), "olá €"),
        ("É isso: ação e coração, “sim”.".encode("cp1252"), "É isso: ação e coração, “sim”."),
    ],
)
def test_text_is_read_in_its_encoding(upload: Upload, content: bytes, text: str) -> None:
    blob = upload(content, "a.txt").blob

    assert (blob.state, blob.chars) == (State.READY, len(text))
    assert read(made(blob)["text.txt"]).decode() == text


def test_the_text_of_a_pdf_is_read(upload: Upload) -> None:
    blob = upload(pdf("Clay and water")).blob

    assert (blob.state, blob.pages) == (State.READY, 1)
    assert "Clay and water" in read(made(blob)["text.txt"]).decode()


def test_long_text_is_cut(upload: Upload, settings: Any) -> None:
    settings.MAX_FILE_CHARS = 100

    blob = upload(b"word " * 50, "a.txt").blob

    assert (blob.chars, blob.is_cut) == (100, True)


def limit(monkeypatch: pytest.MonkeyPatch, **changes: int) -> None:
    values = {"memory": 1 << 30, "output": 1 << 25, "seconds": 20, "pixels": 40_000_000}
    limits = Limits(**values | {"pages": 9, "chars": 9} | changes)
    monkeypatch.setattr(opening, "limits", lambda: limits)


def test_a_decoder_that_takes_too_much_memory_dies_alone(
    upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(monkeypatch, memory=150 << 20)

    file = upload(empty_png(8_000, 5_000) + b"", "bomb.png")
    other = None
    limit(monkeypatch)
    other = upload(image())

    assert (file.blob.state, file.blob.error_code) == (State.FAILED, "too_complex")
    assert other.blob.is_ready


def test_a_decoder_that_never_ends_is_ended(
    upload: Upload, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Any
) -> None:
    settings.OPENING_SECONDS = -4  # and five more
    (tmp_path / "slow").mkdir()
    (tmp_path / "slow" / "__main__.py").write_text("while True: pass")
    monkeypatch.setattr(opening, "PROGRAM", tmp_path / "slow")

    blob = upload(image()).blob

    assert (blob.state, blob.error_code) == (State.FAILED, "too_complex")


def test_the_program_gets_no_secret(upload: Upload, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}
    real = subprocess.run

    def run(*args: Any, **kwargs: Any) -> Any:
        seen.update(kwargs)
        return real(*args, **kwargs)

    monkeypatch.setattr(opening.subprocess, "run", run)
    upload(image())

    assert seen["env"] == {}


# --- The row is the job ---


def test_a_doubled_delivery_opens_once(upload: Upload, monkeypatch: pytest.MonkeyPatch) -> None:
    file = upload(image())
    monkeypatch.setattr(opening, "_opened", lambda *args: pytest.fail("opened again"))

    opening.open_file(file.blob_id)


def test_a_worker_that_dies_leaves_no_file_checked_for_ever(
    upload: Upload, sent: list[str]
) -> None:
    file = upload(image(), opened=False)
    for _ in range(queue.MAX_ATTEMPTS):
        assert queue.claim(file.blob_id) is not None
        assert queue.sweep() == 0  # its lease holds
        Blob.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        assert queue.sweep(file.blob_id) > 0

    file.blob.refresh_from_db()
    assert (file.blob.state, file.blob.error_code) == (State.FAILED, "lost")
    assert sent == [file.blob_id] * 2  # at first, and after the first death
    assert file.blob.can_be_tried_again


def test_a_lost_delivery_is_sent_again_and_at_last_given_up(
    upload: Upload, sent: list[str]
) -> None:
    file = upload(image(), opened=False)
    assert queue.sweep() == 0
    Blob.objects.update(sent_at=timezone.now() - timedelta(seconds=60))
    assert queue.sweep() == 1
    assert sent == [file.blob_id] * 2

    Blob.objects.update(waiting_since=timezone.now() - timedelta(hours=1))
    queue.sweep()

    file.blob.refresh_from_db()
    assert (file.blob.state, file.blob.error_code) == (State.FAILED, "lost")


def test_a_worker_that_comes_back_late_writes_nothing(upload: Upload) -> None:
    file = upload(image(), opened=False)
    late = queue.claim(file.blob_id)
    assert late is not None
    Blob.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    queue.sweep()
    opening.open_file(file.blob_id)

    opening._finish(late, opening.Opened("damaged"))

    file.blob.refresh_from_db()
    assert file.blob.is_ready


def test_a_killed_decoder_process_ends_the_row(
    upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = upload(empty_png(8_000, 5_000), opened=False)
    started: list[int] = []
    real = subprocess.Popen.__init__

    def start(self: Any, *args: Any, **kwargs: Any) -> None:
        real(self, *args, **kwargs)
        started.append(self.pid)

    monkeypatch.setattr(subprocess.Popen, "__init__", start)

    def kill() -> None:
        while not started:
            time.sleep(0.001)
        os.kill(started[0], signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    opening.open_file(file.blob_id)
    killer.join()

    file.blob.refresh_from_db()
    assert (file.blob.state, file.blob.error_code) == (State.FAILED, "too_complex")
