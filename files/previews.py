"""Which small images are made of an image. Shared by pages and the limited process."""

EDGES = (320, 640, 1280)
"""The longest sides of previews, in pixels."""

FORMATS = {"avif": "image/avif", "webp": "image/webp"}
"""Their endings and media types, the smaller ones first; browsers take the first they know."""

FOR_MODELS = 1568
"""The longest side of what is sent to a model: more is scaled down by most of them anyway."""

CLEAN = "clean"
"""The name of a whole copy without metadata."""


def edges(width: int, height: int) -> list[int]:
    """The previews of an image of this size: all smaller ones, and one that is no smaller."""
    longest = max(width, height)
    smaller = [edge for edge in EDGES if edge < longest]
    return [*smaller, *EDGES[len(smaller) : len(smaller) + 1]]


def fitted(width: int, height: int, edge: int) -> tuple[int, int]:
    """The size of an image whose longest side is at most `edge`."""
    scale = min(1.0, edge / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))
