"""Why there is no caption or no image: one plain sentence for each code."""

from django.utils.translation import gettext, gettext_noop

from files.sentences import failure
from providers.sentences import sentence

_SENTENCES = {
    "quota": gettext_noop("There is no room left for your images. Delete some and try again."),
    "no_caption": gettext_noop("The model answered without a caption."),
    "model_gone": gettext_noop("This model is not available any more."),
    "reference_gone": gettext_noop("A reference image is not there any more."),
    "interrupted": gettext_noop("This was interrupted. Please try again."),
}
_OF_FILES = frozenset({"damaged", "too_many_pixels", "too_complex", "no_room", "lost"})


def why(code: str) -> str:
    """In the language of the reader; "" for no code."""
    if not code:
        return ""
    if code in _SENTENCES:
        return gettext(_SENTENCES[code])
    return failure(code) if code in _OF_FILES else sentence(code)
