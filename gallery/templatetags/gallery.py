"""What pages show of posts and their images."""

import re

from django import template

from gallery.models import GeneratedImage, Post
from providers.sizes import ratio

register = template.Library()

SENTENCE = re.compile(r"(.+?[.!?…])(?:\s|$)", re.DOTALL)
LONGEST_ALT = 160
SAME = 0.02  # frames that differ by less are filled, and lose a line of pixels at most


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
    return abs(image.width / image.height - wanted) / wanted < SAME + 64 / image.height


@register.filter
def alt(post: Post) -> str:
    """What the images of a post show, in words: the first sentence of its caption."""
    words = " ".join((post.caption or post.prompt)[: 4 * LONGEST_ALT].split())
    found = SENTENCE.match(words)
    return (found[1] if found else words)[:LONGEST_ALT]
