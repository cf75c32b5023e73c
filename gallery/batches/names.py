"""What the files of an archive are called: when, what, by whom. Any system can unpack them."""

import re

from django.utils import timezone

from files.names import cleaned
from gallery.alt import alt_of
from gallery.downloads import ENDINGS
from gallery.images import GeneratedImage

WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
LONGEST = 48  # characters of the caption, and of the model's name


def file_name(image: GeneratedImage, media_type: str, number: int) -> str:
    """`number` is the image's in the archive: it makes the name the only one of its kind."""
    day = timezone.localtime(image.created_at).date().isoformat()
    parts = [day, _words(alt_of(image.post)), _words(image.model_name), f"{number:04}"]
    ending = ENDINGS.get(media_type, "image")
    return cleaned(f"{' '.join(one for one in parts if one)}.{ending}")


def _words(text: str) -> str:
    """Its first words, without signs that mean something to a file system."""
    found = " ".join(WORD.findall(text))
    if len(found) <= LONGEST:
        return found
    return found[: LONGEST + 1].rpartition(" ")[0] or found[:LONGEST]
