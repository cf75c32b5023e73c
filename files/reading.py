"""What was made of a file, for models."""

import structlog
from django.core.files.storage import default_storage

from files.models import Blob, Rendition
from providers.base import ImageData

log = structlog.get_logger(__name__)


def rendition(blob: Blob, *names: str) -> Rendition | None:
    return blob.renditions.filter(name__in=names).first()


def model_image(blob: Blob) -> Rendition | None:
    """What a model is shown of an image."""
    return rendition(blob, "model.png", "model.jpg")


def read(made: Rendition, size: int) -> bytes | None:
    """Its first bytes; None where they are not there."""
    try:
        with default_storage.open(made.path) as file:
            content: bytes = file.read(size)
            return content
    except OSError as error:
        log.warning("rendition_not_read", path=made.path, error=str(error))
        return None


def image_for_model(blob: Blob) -> ImageData | None:
    made = model_image(blob)
    content = read(made, made.size) if made else None
    return ImageData(content, made.media_type) if made and content else None
