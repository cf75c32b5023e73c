"""Images as pages show them and as others get them: previews, blurs, and nothing of their maker."""

import base64
import io
import json
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.template import Context, Template
from django.test import Client
from PIL import Image, ImageChops, PngImagePlugin

from accounts.models import User
from files import opening, services
from files.limited import images
from files.limited.cleaning import clean_copy
from files.models import Blob, File, Rendition
from files.templatetags.files import pictured
from tests.files.conftest import Upload, animation, image, rotated

pytestmark = pytest.mark.django_db(transaction=True)

SECRET = b"Secret Camera"


def bytes_of(kept: Blob | Rendition) -> bytes:
    with default_storage.open(kept.path) as file:
        content: bytes = file.read()
        return content


def render(file: File, arguments: str = 'sizes="20rem"') -> str:
    source = f"{{% load files %}}{{% picture file {arguments} %}}"
    return Template(source).render(Context({"file": file}))


# --- What a page shows ---


def test_a_picture_names_every_size_and_keeps_its_place(upload: Upload) -> None:
    file = upload(image(size=(1600, 1200)), '"><script>')
    base = f"/files/{file.pk}/"

    page = render(file, 'sizes="20rem" alt=file.name')

    for ending in "avif", "webp":
        srcset = ", ".join(f"{base}{edge}.{ending} {edge}w" for edge in (320, 640, 1280))
        assert f'<source type="image/{ending}" srcset="{srcset}" sizes="20rem">' in page
    assert f'<img src="{base}320.webp" width="1600" height="1200"' in page
    assert 'alt="&quot;&gt;&lt;script&gt;"' in page
    assert "style=" not in page
    assert 'width="320" height="240"' in render(file, 'sizes="20rem" edge=320')


def test_every_address_in_a_picture_is_served(upload: Upload, client: Client, owner: User) -> None:
    file = upload(image(size=(1600, 1200)))
    client.force_login(owner)
    picture = pictured(file)
    assert picture is not None

    for media_type, srcset in picture.srcsets.items():
        for candidate in srcset.split(", "):
            url, width = candidate.split()
            served = client.get(url)
            assert served.headers["Content-Type"] == media_type
            assert served.headers["Content-Disposition"].startswith("inline")
            assert served.headers["X-Content-Type-Options"] == "nosniff"
            with Image.open(io.BytesIO(b"".join(served))) as shown:  # type: ignore[arg-type]
                assert f"{shown.width}w" == width


def test_previews_made_before_there_was_avif_stay_valid(upload: Upload) -> None:
    file = upload(image())
    Blob.objects.update(has_avif=False, placeholder="")

    page = render(File.objects.select_related("blob").get())

    assert "avif" not in page
    assert "picture-blur" not in page
    assert f"/files/{file.pk}/640.webp 400w" in page


def test_a_system_without_avif_makes_the_others(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(images, "AVIF", False)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", Image.MAX_IMAGE_PIXELS)  # put back afterwards
    (tmp_path / "source").write_bytes(image())

    made = images.read_image(tmp_path, "image/png", opening.limits())

    assert made["has_avif"] is False
    names = {one["name"] for one in made["renditions"]}
    assert names == {"320.webp", "640.webp", "model.jpg"}


def test_what_is_no_image_or_not_ready_is_no_picture(upload: Upload) -> None:
    for file in upload(b"clay", "x.txt"), upload(image(), opened=False):
        assert render(file).strip() == ""


def test_the_blur_is_small_and_alike(upload: Upload) -> None:
    drawn = Image.linear_gradient("L").resize((900, 600)).convert("RGB")
    out = io.BytesIO()
    drawn.save(out, "PNG")
    blob = upload(out.getvalue()).blob

    head, _, body = blob.placeholder.partition(",")
    assert head == "data:image/webp;base64"
    assert len(blob.placeholder) < 400
    with Image.open(io.BytesIO(base64.b64decode(body))) as blur:
        assert max(blur.size) == 16
        apart = ImageChops.difference(blur.convert("L"), drawn.convert("L").resize(blur.size))
        assert apart.getextrema()[1] < 40  # type: ignore[operator]


def test_what_is_seen_through_has_no_blur_below(upload: Upload) -> None:
    assert upload(image("WEBP", mode="RGBA")).blob.placeholder == ""


# --- What others get ---


def told_png() -> bytes:
    info = PngImagePlugin.PngInfo()
    info.add_text("prompt", SECRET.decode())
    return image("PNG", pnginfo=info) + b"behind the end: " + SECRET


def told_webp() -> bytes:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, SECRET.decode()
    return image("WEBP", exif=exif.tobytes(), xmp=b"<x>" + SECRET + b"</x>")


def told_gif() -> bytes:
    return image("GIF", mode="P", comment=SECRET)


TOLD = {"jpeg": rotated(), "png": told_png(), "webp": told_webp(), "gif": told_gif()}


@pytest.mark.parametrize("content", TOLD.values(), ids=TOLD)
def test_others_get_the_same_pixels_and_no_metadata(
    upload: Upload, owner: User, stranger: User, content: bytes
) -> None:
    assert SECRET in content
    file = upload(content)

    assert bytes_of(file.given_to(owner)) == content
    given = bytes_of(file.given_to(stranger))
    assert SECRET not in given
    with Image.open(io.BytesIO(content)) as first, Image.open(io.BytesIO(given)) as second:
        assert first.format == second.format
        assert first.getexif().get(0x0112) == second.getexif().get(0x0112)
        assert first.tobytes() == second.tobytes()
    for rendition in file.blob.renditions.all():
        assert SECRET not in bytes_of(rendition)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_what_tells_nothing_is_kept_once(upload: Upload, stranger: User, kind: str) -> None:
    file = upload(animation() if kind == "GIF" else image(kind))

    assert file.given_to(stranger) == file.blob
    assert not file.blob.renditions.filter(name="clean").exists()


def test_what_cannot_be_cleaned_is_given_as_a_preview(upload: Upload, stranger: User) -> None:
    file = upload(rotated())
    file.blob.renditions.filter(name="clean").delete()

    given = file.given_to(stranger)

    assert isinstance(given, Rendition)
    assert given.name == "640.webp"


@pytest.mark.parametrize("content", TOLD.values(), ids=TOLD)
def test_a_cut_image_is_never_called_clean(content: bytes) -> None:
    kinds = {b"\xff\xd8": "image/jpeg", b"\x89P": "image/png", b"RI": "image/webp"}
    media_type = kinds.get(content[:2], "image/gif")
    for end in range(14, len(content) - 40, 97):
        clean = clean_copy(content[:end], media_type, 1)
        assert clean is None or SECRET not in clean


# --- A file that took its decoder over ---


@pytest.mark.parametrize(
    "changes",
    [
        {"renditions": [{"name": "../../x", "media_type": "image/webp", "size": 1}]},
        {"renditions": [{"name": "/etc/passwd", "media_type": "text/plain", "size": 1}]},
        {"state": "ready"},
        {"sha256": "0" * 64},
    ],
)
def test_a_result_that_asks_for_more_is_refused(
    upload: Upload, owner: User, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, changes: Any
) -> None:
    result = {"width": 1, "height": 1, "renditions": []} | changes
    blob = opened_by(f"Path('result.json').write_text({json.dumps(result)!r})", owner, monkeypatch,
                     tmp_path)  # fmt: skip

    assert (blob.state, blob.error_code) == ("failed", "damaged")


@pytest.mark.parametrize(
    ("name", "target"), [("320.webp", "/etc/passwd"), ("result.json", "/dev/zero")]
)
def test_a_link_is_not_followed(
    owner: User, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, target: str
) -> None:
    made = {"name": "320.webp", "media_type": "image/webp", "size": 1}
    result = json.dumps({"width": 1, "height": 1, "renditions": [made]})
    link = f"Path({name!r}).symlink_to({target!r})"
    blob = opened_by(
        f"Path('result.json').write_text({result!r})\nPath({name!r}).unlink(True)\n{link}",
        owner,
        monkeypatch,
        tmp_path,
    )

    assert (blob.state, blob.error_code) == ("failed", "damaged")
    assert not Rendition.objects.exists()


def opened_by(statement: str, owner: User, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Blob:
    """A file opened by a program that does this in its folder."""
    program = tmp_path / "program"
    program.mkdir()
    (program / "__main__.py").write_text(f"from pathlib import Path\n{statement}\n")
    monkeypatch.setattr(opening, "PROGRAM", program)
    file = services.upload(user=owner, file_id=uuid.uuid4(), name="x", pieces=[image()])
    opening.open_file(file.blob_id)
    return Blob.objects.get(pk=file.blob_id)
