"""From an aspect ratio and a resolution to pixels."""

from math import sqrt

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
    side = _SIDES.get(resolution.upper(), 1024)
    root = sqrt(ratio(aspect_ratio))
    return round(side * root / 64) * 64, round(side / root / 64) * 64
