"""What pages show of files."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import template
from django.conf import settings
from django.urls import reverse

from files.content import IMAGES, PDF
from files.models import File
from files.previews import FORMATS, fitted

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
    """`srcsets`: a list of previews for each format, by media type; `src` is for who knows none
    of them. `width` and `height` hold the place of the image until it is there."""

    srcsets: dict[str, str]
    src: str
    width: int
    height: int
    placeholder: str


@register.inclusion_tag("files/_picture.html")
def picture(
    file: File, sizes: str, alt: str = "", edge: int = 0, loading: str = "lazy"
) -> dict[str, Any]:
    """An image that is ready, in the format and size that suits the browser. `sizes` as in HTML;
    `edge`: the longest side at which it stands when nothing else says its size, 0 for its own."""
    return {"picture": pictured(file, edge), "sizes": sizes, "alt": alt, "loading": loading}


def pictured(file: File, edge: int = 0) -> Picture | None:
    """None for what is no image, or not ready."""
    blob, previews = file.blob, file.previews
    if not previews or not blob.width or not blob.height:
        return None
    base = reverse("files:file", args=[file.pk])  # once: a gallery shows a hundred
    width, height = fitted(blob.width, blob.height, edge) if edge else (blob.width, blob.height)
    return Picture(
        {
            media_type: ", ".join(f"{base}{one}.{ending} {width}w" for one, width, _ in previews)
            for ending, media_type in FORMATS.items()
            if ending == "webp" or blob.has_avif
        },
        f"{base}{previews[0][0]}.webp",
        width,
        height,
        blob.placeholder,
    )
