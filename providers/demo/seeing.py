"""What the demo says of an image: little, and true."""

import io
from collections import Counter
from collections.abc import Sequence
from colorsys import rgb_to_hsv

from PIL import Image

from providers.base import ImageData
from providers.demo.colours import Colour

_HUES = (
    (15, "red"), (45, "orange"), (70, "yellow"), (165, "green"), (200, "teal"), (255, "blue"),
    (290, "purple"), (340, "pink"), (361, "red"),
)  # fmt: skip


def seen(images: Sequence[ImageData]) -> str:
    """A sentence for each image; "" for none."""
    return "\n".join(f"- {_described(image, number)}" for number, image in enumerate(images, 1))


def _described(image: ImageData, number: int) -> str:
    try:
        with Image.open(io.BytesIO(image.content)) as opened:
            width, height = opened.size
            small = opened.convert("RGB").resize((32, 32))
    except (OSError, ValueError, Image.DecompressionBombError):
        return f"Image {number} cannot be read."
    red, green, blue = _most_common(small)
    shape = "square" if width == height else "wide" if width > height else "tall"
    name = colour_name(red, green, blue)
    return (
        f"Image {number} is {shape}, {width} × {height} pixels, and mostly **{name}** "
        f"(`#{red:02x}{green:02x}{blue:02x}`)."
    )


def _most_common(image: Image.Image) -> Colour:
    few = image.quantize(8).convert("RGB")
    counted = Counter(few.tobytes()[at : at + 3] for at in range(0, 3 * few.width * few.height, 3))
    red, green, blue = counted.most_common(1)[0][0]
    return red, green, blue


def colour_name(red: int, green: int, blue: int) -> str:
    hue, saturation, value = rgb_to_hsv(red / 255, green / 255, blue / 255)
    if value < 0.15:
        return "black"
    if saturation < 0.12:
        return "white" if value > 0.9 else "grey"
    return next(name for limit, name in _HUES if hue * 360 < limit)
