"""From an aspect ratio and a resolution to pixels, and to what a model offers."""

from collections.abc import Sequence
from math import log, sqrt

_SIDES = {"1K": 1024, "2K": 2048, "4K": 4096}
ASPECT_RATIOS = ["1:1", "4:5", "3:4", "2:3", "9:16", "5:4", "4:3", "3:2", "16:9"]
RESOLUTIONS = ["1K", "2K", "4K"]


def ratio(text: str) -> float:
    """Width over height of "16:9"; 1 for what is no ratio, kept within 1:8 and 8:1."""
    width, _, height = text.partition(":")
    try:
        found = float(width) / float(height)
    except (ValueError, ZeroDivisionError):
        return 1.0
    return min(max(found, 1 / 8), 8.0) if found > 0 else 1.0


def pixel_size(aspect_ratio: str, resolution: str) -> tuple[int, int]:
    """Of about the area of a square of that resolution, in steps of 64."""
    side = _side(resolution)
    root = sqrt(ratio(aspect_ratio))
    return round(side * root / 64) * 64, round(side / root / 64) * 64


def nearest_ratio(wished: str, offered: Sequence[str]) -> str:
    """`wished` itself where nothing is offered, as of a model that nobody has described."""
    if wished in offered or not offered:
        return wished
    return min(offered, key=lambda one: abs(log(ratio(one) / ratio(wished))))


def nearest_resolution(wished: str, offered: Sequence[str]) -> str:
    """The smallest that is no smaller, else the largest."""
    if wished in offered or not offered:
        return wished
    ordered = sorted(offered, key=_side)
    return next((one for one in ordered if _side(one) >= _side(wished)), ordered[-1])


def _side(resolution: str) -> int:
    return _SIDES.get(resolution.upper(), _SIDES["1K"])
