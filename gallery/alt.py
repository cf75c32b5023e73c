"""What the images of a post show, in words."""

import re

from gallery.models import Post

SENTENCE = re.compile(r"(.+?[.!?…])(?:\s|$)", re.DOTALL)
LONGEST = 160


def alt_of(post: Post) -> str:
    """The first sentence of its caption; of its prompt, where there is none."""
    words = " ".join((post.caption or post.prompt)[: 4 * LONGEST].split())
    found = SENTENCE.match(words)
    return (found[1] if found else words)[:LONGEST]
