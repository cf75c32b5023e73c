"""What a project asks of its posts."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from gallery.models import Project
from gallery.projects.refusals import HashtagTooLong, NoHashtag, TooManyHashtags
from providers.models import AIModel

AUDIENCE_CHARS = 2_000
MAX_HASHTAGS = 30  # what the networks take
HASHTAG_CHARS = 100


@dataclass(frozen=True, slots=True)
class Brief:
    """`hashtags`: without their #. "" and None leave the choice to who makes a post."""

    name: str
    audience: str = ""
    tone: str = ""
    language: str = ""
    hashtags: Sequence[str] = ()
    text_model: AIModel | None = None
    image_models: Sequence[AIModel] = ()
    aspect_ratio: str = ""
    resolution: str = ""


def read_hashtags(text: str) -> list[str]:
    """Words with or without #, apart by spaces, commas or lines; each once, however it is
    written. Raises a refusal for what is none."""
    found: dict[str, str] = {}
    for word in re.split(r"[\s,;]+", text.replace("#", " #")):
        tag = word.lstrip("#＃")
        if not tag:
            continue
        if not re.fullmatch(r"\w+", tag) or tag.isdigit():
            raise NoHashtag(word=tag[:40])
        if len(tag) > HASHTAG_CHARS:
            raise HashtagTooLong(limit=HASHTAG_CHARS)
        found.setdefault(tag.casefold(), tag)
    if len(found) > MAX_HASHTAGS:
        raise TooManyHashtags(limit=MAX_HASHTAGS)
    return list(found.values())


def written_hashtags(project: Project) -> str:
    """As a person would write them."""
    return " ".join(f"#{tag}" for tag in project.hashtags)
