"""What the demo makes of reference images: what the instruction names, then the model's style."""

import random
import re
from collections.abc import Callable

from PIL import Image, ImageEnhance, ImageFilter, ImageOps

from providers.demo.colours import mixed, named_colours, palette
from providers.demo.drawing import Size, Style

Change = Callable[[Image.Image], Image.Image]


def _grey(picture: Image.Image) -> Image.Image:
    return ImageOps.grayscale(picture).convert("RGB")


def _sepia(picture: Image.Image) -> Image.Image:
    return ImageOps.colorize(ImageOps.grayscale(picture), (38, 22, 10), (255, 240, 214))


# What an instruction may ask for, in English and Portuguese.
_CHANGES: tuple[tuple[str, Change], ...] = (
    (r"black and white|gr[ae]y|monochrome|preto e branco|cinza", _grey),
    (r"sepia|vintage|s[eé]pia|antig[ao]", _sepia),
    (r"invert|negative|negativo", ImageOps.invert),
    (r"mirror|flip|espelh", ImageOps.mirror),
    (r"upside down|cabeça para baixo", ImageOps.flip),
    (r"blur|soft|desfo|suav", lambda p: p.filter(ImageFilter.GaussianBlur(max(p.size) / 120))),
    (r"sharp|crisp|n[ií]tid", lambda p: p.filter(ImageFilter.UnsharpMask(3, 180))),
    (r"bright|light|clar[ao]", lambda p: ImageEnhance.Brightness(p).enhance(1.35)),
    (r"dark|night|escur|noite", lambda p: ImageEnhance.Brightness(p).enhance(0.6)),
    (r"contrast", lambda p: ImageEnhance.Contrast(p).enhance(1.6)),
    (r"vivid|colou?rful|satura|vibrant|colorid", lambda p: ImageEnhance.Color(p).enhance(1.8)),
)


def edited(
    style: Style, prompt: str, references: list[Image.Image], size: Size, dice: random.Random
) -> Image.Image:
    """The first reference is changed; the others stand small along its foot."""
    picture = ImageOps.fit(references[0], size, Image.Resampling.LANCZOS)
    picture = _styled(style, picture, prompt, dice)
    for pattern, change in _CHANGES:
        if re.search(pattern, prompt, re.IGNORECASE):
            picture = change(picture)
    for number, other in enumerate(references[1:]):
        _inset(picture, other, number)
    return picture


def _styled(style: Style, picture: Image.Image, prompt: str, dice: random.Random) -> Image.Image:
    ground, *colours = palette(prompt, dice)
    if style.name == "shapes":
        flat = ImageOps.posterize(_filtered(picture, ImageFilter.ModeFilter(9)), 3)
        return Image.blend(flat, Image.new("RGB", picture.size, colours[0]), 0.14)
    if style.name == "dunes":
        tones = ImageOps.colorize(
            ImageOps.autocontrast(ImageOps.grayscale(picture)),
            mixed(colours[1], (12, 14, 28), 0.6),
            mixed(ground, (255, 255, 255), 0.4),
            mid=colours[0],
        )
        return Image.blend(picture, tones, 0.7 if named_colours(prompt) else 0.5)
    soft = _filtered(picture, ImageFilter.MedianFilter(7))
    wash = style.draw(prompt, picture.size, dice)
    return Image.blend(soft, wash, 0.28)


def _filtered(picture: Image.Image, change: ImageFilter.Filter) -> Image.Image:
    """These filters take seconds at full size, and make it look flat anyway."""
    small = ImageOps.contain(picture, (512, 512)).filter(change)
    return small.resize(picture.size, Image.Resampling.BICUBIC)


def _inset(picture: Image.Image, other: Image.Image, number: int) -> None:
    side = min(picture.size) // 5
    small = ImageOps.expand(ImageOps.fit(other, (side, side)), max(2, side // 40), (255, 255, 255))
    left = picture.width - (small.width + side // 8) * (number + 1)
    picture.paste(small, (left, picture.height - small.height - side // 8))
