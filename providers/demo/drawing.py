"""Three ways to draw a prompt."""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from providers.demo.colours import Colour, mixed, palette

Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Style:
    name: str
    draw: Callable[[str, Size, random.Random], Image.Image]


def draw_shapes(prompt: str, size: Size, dice: random.Random) -> Image.Image:
    """A grid of circles, quarters, triangles and bars."""
    ground, *colours = palette(prompt, dice)
    picture = Image.new("RGB", size, ground)
    pen = ImageDraw.Draw(picture)
    width, height = size
    side = max(width, height) / dice.choice((4, 5, 6))
    for row in range(math.ceil(height / side)):
        for column in range(math.ceil(width / side)):
            _shape(pen, column * side, row * side, side, colours, dice)
    return picture


def _shape(
    pen: ImageDraw.ImageDraw,
    x: float,
    y: float,
    side: float,
    colours: list[Colour],
    dice: random.Random,
) -> None:
    back, front = dice.sample(colours, 2)
    far_x, far_y = x + side, y + side
    if dice.random() < 0.6:
        pen.rectangle((x, y, far_x, far_y), fill=back)
    match dice.randrange(5):
        case 0:
            edge = side * 0.12
            pen.ellipse((x + edge, y + edge, far_x - edge, far_y - edge), fill=front)
        case 1:
            start = dice.choice((0, 90, 180, 270))
            left = x if start in (90, 180) else x - side
            top = y if start in (180, 270) else y - side
            box = (left, top, left + 2 * side, top + 2 * side)
            pen.pieslice(box, start, start + 90, fill=front)
        case 2:
            corners = [(x, y), (far_x, y), (far_x, far_y), (x, far_y)]
            corners.pop(dice.randrange(4))
            pen.polygon(corners, fill=front)
        case 3:
            for bar in range(0, 5, 2):
                top = y + side * bar / 5
                pen.rectangle((x, top, far_x, top + side / 5), fill=front)
        case _:
            pass


def draw_dunes(prompt: str, size: Size, dice: random.Random) -> Image.Image:
    """A sky, a sun, and hills that grow darker as they come nearer."""
    ground, *colours = palette(prompt, dice)
    width, height = size
    picture = _gradient(size, mixed(colours[0], ground, 0.35), mixed(ground, colours[1], 0.25))
    pen = ImageDraw.Draw(picture)
    radius = min(size) * dice.uniform(0.07, 0.15)
    x, y = width * dice.uniform(0.2, 0.8), height * dice.uniform(0.18, 0.45)
    sun = mixed(colours[2], (255, 250, 235), 0.55)
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=sun)
    layers = dice.randint(5, 7)
    for layer in range(layers):
        share = (layer + 1) / layers
        colour = mixed(mixed(ground, colours[1], 0.3 + 0.7 * share), (16, 20, 34), 0.55 * share)
        level = height * (0.42 + 0.46 * share)
        pen.polygon(_ridge(size, level, height * 0.09, dice), fill=colour)
    return picture


def _gradient(size: Size, top: Colour, bottom: Colour) -> Image.Image:
    column = Image.new("RGB", (1, 256))
    for step in range(256):
        column.putpixel((0, step), mixed(top, bottom, step / 255))
    return column.resize(size, Image.Resampling.BICUBIC)


def _ridge(
    size: Size, level: float, swing: float, dice: random.Random
) -> list[tuple[float, float]]:
    width, height = size
    waves = [(dice.uniform(0.6, 3.4), dice.uniform(0, math.tau)) for _ in range(3)]
    points = []
    for step in range(161):
        at = step / 160
        bend = sum(math.sin(math.tau * pace * at + turn) / pace for pace, turn in waves)
        points.append((at * width, level + swing * bend))
    return [(0, height), *points, (width, height)]


def draw_watercolour(prompt: str, size: Size, dice: random.Random) -> Image.Image:
    """Washes of colour that run into each other on paper."""
    ground, *colours = palette(prompt, dice)
    # Washes are soft, so they are painted small.
    scale = 512 / max(size)
    small = max(16, round(size[0] * scale)), max(16, round(size[1] * scale))
    picture = Image.new("RGB", small, mixed(ground, (255, 255, 255), 0.5))
    for _ in range(dice.randint(16, 24)):
        picture = _washed(picture, dice.choice(colours), dice)
    picture = picture.resize(size, Image.Resampling.BICUBIC)
    return ImageChops.soft_light(picture, _grain(small, dice).resize(size).convert("RGB"))


def _grain(size: Size, dice: random.Random) -> Image.Image:
    """Paper: noise around the middle grey, which soft light leaves as it is."""
    noise = Image.frombytes("L", size, dice.randbytes(size[0] * size[1]))
    return noise.filter(ImageFilter.GaussianBlur(0.8)).point(lambda value: 128 + (value - 128) // 3)


def _washed(picture: Image.Image, colour: Colour, dice: random.Random) -> Image.Image:
    width, height = picture.size
    x, y = dice.uniform(0, width), dice.uniform(0, height)
    reach = min(width, height) * dice.uniform(0.12, 0.42)
    mask = Image.new("L", picture.size)
    for _ in range(3):
        corners = []
        for step in range(24):
            turn, far = math.tau * step / 24, reach * dice.uniform(0.7, 1.15)
            corners.append((x + far * math.cos(turn), y + far * math.sin(turn)))
        layer = Image.new("L", picture.size)
        ImageDraw.Draw(layer).polygon(corners, fill=52)
        mask = ImageChops.add(mask, layer)
    mask = mask.filter(ImageFilter.GaussianBlur(dice.uniform(1, 6)))
    tint = Image.new("RGB", picture.size, mixed(colour, (255, 255, 255), 0.2))
    wash = ImageChops.multiply(picture, tint)
    return Image.composite(wash, picture, mask)


STYLES = {
    "demo-shapes": Style("shapes", draw_shapes),
    "demo-dunes": Style("dunes", draw_dunes),
    "demo-watercolour": Style("watercolour", draw_watercolour),
}
