"""What a person reads when an answer did not come: one plain sentence for each code."""

from django.utils.translation import gettext, gettext_noop

_SENTENCES = {
    "bad_key": gettext_noop("The model's provider does not accept its key."),
    "no_credit": gettext_noop("There is no credit left at the model's provider."),
    "rate_limited": gettext_noop(
        "The model is asked too often right now. Please try again in a moment."
    ),
    "timeout": gettext_noop("The model took too long to answer."),
    "refused": gettext_noop("The model's provider refused this request because of its content."),
    "unknown_model": gettext_noop("The provider does not offer this model any more."),
    "bad_request": gettext_noop(
        "The model could not work with this request. It may be too long, or of a kind that the "
        "model does not take."
    ),
    "malformed": gettext_noop("The model's answer could not be read."),
    "stream_cut": gettext_noop("The connection to the model broke before the answer was finished."),
    "too_large": gettext_noop("The answer grew too large and was cut off."),
    "address_refused": gettext_noop("The address of the model's provider is not allowed here."),
    "unavailable": gettext_noop("The model cannot be reached right now."),
    "interrupted": gettext_noop("The answer was interrupted."),
    "worker_lost": gettext_noop("The answer was interrupted because its worker was lost."),
}
_ANY = gettext_noop("Something went wrong while the answer was made.")


def sentence(code: str) -> str:
    """In the language of the reader; a general sentence for a code that is not known."""
    return gettext(_SENTENCES.get(code, _ANY))
