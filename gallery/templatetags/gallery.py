"""The frames that images are shown in."""

from django import template

from gallery.models import GeneratedImage
from providers.sizes import ratio

register = template.Library()

SAME = 0.07  # sizes come in steps of 64 pixels; so much of an image may be cut off by its frame


@register.filter
def ar(aspect_ratio: str) -> str:
    """As `data-ar` has it: "4x5" of "4:5"."""
    return aspect_ratio.replace(":", "x")


@register.filter
def fills(image: GeneratedImage) -> bool:
    """Whether an image has the shape of the frame that was asked for; another one is shown
    whole, with space beside it."""
    if not image.width or not image.height:
        return True
    wanted = ratio(image.aspect_ratio)
    return abs(image.width / image.height / wanted - 1) < SAME
