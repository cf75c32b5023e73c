"""What pages show of files."""

from dataclasses import dataclass
from uuid import UUID

from django import template
from django.conf import settings
from django.urls import reverse

from files.content import IMAGES, PDF
from files.models import File

register = template.Library()

NOBODY = UUID(int=0)
# fmt: off
TEXT_ENDINGS = (
    ".txt", ".md", ".csv", ".tsv", ".json", ".jsonl", ".xml", ".yaml", ".yml", ".toml", ".ini",
    ".cfg", ".conf", ".log", ".sql", ".html", ".css", ".js", ".ts", ".jsx", ".tsx", ".py", ".rb",
    ".go", ".rs", ".java", ".kt", ".c", ".h", ".cpp", ".hpp", ".cs", ".php", ".swift", ".sh",
    ".tex", ".diff",
)
# fmt: on


@dataclass(frozen=True, slots=True)
class Attaching:
    """What a page must know to upload: `url` is that of the file with the id zero."""

    url: str
    max_bytes: int
    max_files: int
    accept: str


@register.simple_tag
def attaching(images_only: bool = False) -> Attaching:
    """`accept` only sorts the browser's dialog: text files have a hundred endings, and any file
    is told by its content."""
    kinds = IMAGES if images_only else [*IMAGES, PDF, "text/*", *TEXT_ENDINGS]
    return Attaching(
        url=reverse("files:file", args=[NOBODY]),
        max_bytes=settings.MAX_UPLOAD_BYTES,
        max_files=settings.MAX_ATTACHMENTS,
        accept=",".join(kinds),
    )


@dataclass(frozen=True, slots=True)
class Picture:
    """Of an image: the smallest preview, its size in pixels, and all of them as a srcset."""

    src: str
    width: int
    height: int
    srcset: str


@register.filter
def picture(file: File) -> Picture | None:
    """None for what is no image."""
    previews = [
        (reverse("files:preview", args=[file.pk, edge]), width, height)
        for edge, width, height in file.previews
    ]
    if not previews:
        return None
    srcset = ", ".join(f"{url} {width}w" for url, width, _ in previews)
    return Picture(*previews[0], srcset)
