"""Previews of an image, without its metadata and the right way up."""

from pathlib import Path
from typing import Any

from PIL import Image, ImageOps, UnidentifiedImageError

from files.content import IMAGES
from files.limited.limits import Limits, Unreadable
from files.previews import EDGES, FOR_MODELS, edges, fitted

Image.MAX_IMAGE_PIXELS = None  # the limit below is ours, and refuses where Pillow's warns

LARGEST = max(*EDGES, FOR_MODELS)
SIDEWAYS = {5, 6, 7, 8}  # EXIF orientations that swap width and height
ORIENTATION = 0x0112


def read_image(folder: Path, media_type: str, limits: Limits) -> dict[str, Any]:
    try:
        image = Image.open(folder / "source", formats=[IMAGES[media_type]])
    except UnidentifiedImageError:
        raise Unreadable("damaged") from None
    width, height = image.size
    if width * height > limits.pixels:
        raise Unreadable("too_many_pixels")
    if image.getexif().get(ORIENTATION) in SIDEWAYS:
        width, height = height, width
    # Of a JPEG only as much is computed as the largest preview needs; all of it is still read.
    image.draft("RGB", fitted(*image.size, LARGEST))
    image.load()
    small = _plain(image)
    made = [_preview(small, edge, (width, height), folder) for edge in edges(width, height)]
    made.append(_for_models(small, (width, height), folder))
    return {"width": width, "height": height, "renditions": made}


def _plain(image: Image.Image) -> Image.Image:
    """At most the size of the largest rendition, upright, as RGB or RGBA."""
    profile = image.info.get("icc_profile") if image.mode in ("RGB", "RGBA") else None
    if image.mode.startswith("I"):  # 16 bits a channel, which conversion would only clip
        image = image.point(lambda value: value / 256).convert("L")
    if image.mode == "P" or "transparency" in image.info:
        image = image.convert("RGBA")
    elif image.mode not in ("RGB", "RGBA"):
        image = image.convert("RGBA" if image.mode in ("LA", "PA", "La", "RGBa") else "RGB")
    image.thumbnail((LARGEST, LARGEST), reducing_gap=2.0)
    upright = ImageOps.exif_transpose(image)
    upright.info = {"icc_profile": profile} if profile else {}
    return upright


def _preview(small: Image.Image, edge: int, size: tuple[int, int], folder: Path) -> dict[str, Any]:
    scaled = _scaled(small, fitted(*size, edge))
    return _saved(scaled, folder, f"{edge}.webp", "image/webp", quality=80, method=4)


def _for_models(small: Image.Image, size: tuple[int, int], folder: Path) -> dict[str, Any]:
    """PNG or JPEG, which every model takes."""
    scaled = _scaled(small, fitted(*size, FOR_MODELS))
    if scaled.mode == "RGBA" and scaled.getchannel("A").getextrema() != (255, 255):
        return _saved(scaled, folder, "model.png", "image/png", optimize=False)
    return _saved(scaled.convert("RGB"), folder, "model.jpg", "image/jpeg", quality=88)


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
