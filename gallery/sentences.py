"""Why there is no caption or no image: one plain sentence for each code."""

from django.utils.translation import gettext, gettext_noop

from files.sentences import failure
from providers.sentences import sentence

_SENTENCES = {
    "no_caption": gettext_noop("The model answered without a caption."),
    "no_image": gettext_noop("The model's answer is no image that can be kept."),
    "model_gone": gettext_noop("This model is not available any more."),
    "reference_gone": gettext_noop("A reference image is not there any more."),
    "interrupted": gettext_noop("This was interrupted. Please try again."),
}
_OF_FILES = frozenset(
    {"damaged", "too_many_pixels", "too_complex", "no_room", "storage_away", "lost"}
)


def why(code: str) -> str:
    """In the language of the reader; "" for no code."""
    if not code:
        return ""
    if code in _SENTENCES:
        return gettext(_SENTENCES[code])
    return failure(code) if code in _OF_FILES else sentence(code)
