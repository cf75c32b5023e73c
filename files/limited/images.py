"""Previews of an image, without its metadata and the right way up."""

import base64
import io
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps, UnidentifiedImageError, features

from files.content import IMAGES
from files.limited.cleaning import ORIENTATION, clean_copy
from files.limited.limits import Limits, Unreadable
from files.previews import CLEAN, EDGES, FOR_MODELS, edges, fitted

LARGEST = max(*EDGES, FOR_MODELS)
SIDEWAYS = {5, 6, 7, 8}  # EXIF orientations that swap width and height
TINY = 16
AVIF = bool(features.check("avif"))  # some systems build Pillow without it


def read_image(folder: Path, media_type: str, limits: Limits) -> dict[str, Any]:
    """For a process of its own: it lifts Pillow's limit, which only warns where ours refuses."""
    Image.MAX_IMAGE_PIXELS = None
    try:
        image = Image.open(folder / "source", formats=[IMAGES[media_type]])
    except UnidentifiedImageError:
        raise Unreadable("damaged") from None
    width, height = image.size
    if width * height > limits.pixels:
        raise Unreadable("too_many_pixels")
    orientation = image.getexif().get(ORIENTATION, 1)
    if orientation in SIDEWAYS:
        width, height = height, width
    # Of a JPEG only as much is computed as the largest preview needs; all of it is still read.
    image.draft("RGB", fitted(*image.size, LARGEST))
    image.load()
    small = _plain(image)
    del image
    made = [_for_models(small, (width, height), folder)]
    for edge in reversed(edges(width, height)):  # each from the one before, which is faster
        small = _scaled(small, fitted(width, height, edge))
        made += _previews(small, edge, folder)
    is_clean, copies = _cleaned(folder, media_type, orientation)
    return {
        "width": width,
        "height": height,
        "placeholder": _placeholder(small),
        "has_avif": AVIF,
        "is_clean": is_clean,
        "renditions": made + copies,
    }


def _plain(image: Image.Image) -> Image.Image:
    """At most the size of the largest rendition, upright; RGBA where one sees through it, else
    RGB."""
    profile = image.info.get("icc_profile") if image.mode in ("RGB", "RGBA") else None
    if image.mode.startswith("I"):  # 16 bits a channel, which conversion would only clip
        image = image.point(lambda value: value / 256).convert("L")
    if image.mode == "P" or "transparency" in image.info:
        image = image.convert("RGBA")
    elif image.mode not in ("RGB", "RGBA"):
        image = image.convert("RGBA" if image.mode in ("LA", "PA", "La", "RGBa") else "RGB")
    image.thumbnail((LARGEST, LARGEST), reducing_gap=2.0)
    upright = ImageOps.exif_transpose(image)
    if upright.mode == "RGBA" and upright.getchannel("A").getextrema() == (255, 255):
        upright = upright.convert("RGB")
    upright.info = {"icc_profile": profile} if profile else {}
    return upright


def _previews(scaled: Image.Image, edge: int, folder: Path) -> list[dict[str, Any]]:
    """WebP at less effort: it is for the few browsers that do not know AVIF."""
    made = [_saved(scaled, folder, f"{edge}.webp", "image/webp", quality=80, method=2)]
    if AVIF:
        how = {"quality": 60, "speed": 9, "max_threads": 1}
        made.append(_saved(scaled, folder, f"{edge}.avif", "image/avif", **how))
    return made


def _placeholder(small: Image.Image) -> str:
    """What is shown until the image is there, as a data URL of some 150 characters; none for one
    that is seen through, which would lie above it."""
    if small.mode != "RGB":
        return ""
    tiny, out = small.copy(), io.BytesIO()
    tiny.thumbnail((TINY, TINY), Image.Resampling.BOX)
    tiny.save(out, "WEBP", quality=30, method=6, icc_profile=b"")
    return f"data:image/webp;base64,{base64.b64encode(out.getvalue()).decode()}"


def _cleaned(
    folder: Path, media_type: str, orientation: object
) -> tuple[bool, list[dict[str, Any]]]:
    """Whether the file itself tells nothing of its maker, and else a copy that does not."""
    content = (folder / "source").read_bytes()
    turned = orientation if isinstance(orientation, int) else 1
    clean = clean_copy(content, media_type, turned)
    if clean is None or clean == content:
        return clean is not None, []
    (folder / CLEAN).write_bytes(clean)
    return False, [{"name": CLEAN, "media_type": media_type, "size": len(clean)}]


def _for_models(small: Image.Image, size: tuple[int, int], folder: Path) -> dict[str, Any]:
    """PNG or JPEG, which every model takes."""
    scaled = _scaled(small, fitted(*size, FOR_MODELS))
    if scaled.mode == "RGBA":
        return _saved(scaled, folder, "model.png", "image/png", optimize=False)
    return _saved(scaled, folder, "model.jpg", "image/jpeg", quality=88)


def _scaled(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    return image if image.size == size else image.resize(size, Image.Resampling.LANCZOS)


def _saved(
    image: Image.Image, folder: Path, name: str, media_type: str, **options: Any
) -> dict[str, Any]:
    image.save(folder / name, icc_profile=image.info.get("icc_profile"), **options)
    return {
        "name": name,
        "media_type": media_type,
        "width": image.width,
        "height": image.height,
        "size": (folder / name).stat().st_size,
    }
