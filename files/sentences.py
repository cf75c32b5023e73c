"""Why a file cannot be used: one plain sentence for each code."""

from django.utils.translation import gettext, gettext_noop

_SENTENCES = {
    "damaged": gettext_noop("This file is damaged and cannot be opened."),
    "too_many_pixels": gettext_noop(
        "This image has too many pixels. Make it smaller and add it again."
    ),
    "too_complex": gettext_noop("This file takes too much memory or time to open."),
    "password": gettext_noop(
        "This PDF is protected by a password. Save it without one and add it again."
    ),
    "not_text": gettext_noop("This file is no text that can be read."),
    "lost": gettext_noop("This file could not be checked. Please try again."),
    "no_room": gettext_noop("There is no room left on the server. Tell whoever looks after it."),
    "storage_away": gettext_noop("Files cannot be kept or read at the moment. Please try again."),
    "internal": gettext_noop("Something went wrong while this file was checked. Please try again."),
}

PASSING = frozenset({"lost", "no_room", "storage_away", "internal"})
"""Failures that say nothing of the file: it may be tried again."""


def failure(code: str) -> str:
    """In the language of the reader."""
    return gettext(_SENTENCES.get(code, _SENTENCES["internal"]))
