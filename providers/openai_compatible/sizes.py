"""The `size` that an images endpoint takes."""

from providers.sizes import pixel_size, ratio

# Families that take a few sizes only.
_FIXED = {
    "gpt-image": ((1024, 1024), (1536, 1024), (1024, 1536)),
    "dall-e-3": ((1024, 1024), (1792, 1024), (1024, 1792)),
    "dall-e-2": ((1024, 1024),),
}


def size_for(model: str, aspect_ratio: str, resolution: str) -> str:
    """As "1024x1536"."""
    for family, sizes in _FIXED.items():
        if family in model:
            wanted = ratio(aspect_ratio)
            width, height = min(
                sizes, key=lambda size: max(size[0] / size[1] / wanted, wanted * size[1] / size[0])
            )
            return f"{width}x{height}"
    width, height = pixel_size(aspect_ratio, resolution)
    return f"{width}x{height}"
