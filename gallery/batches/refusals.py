"""Why something was not done to many images at once."""

from django.utils.translation import gettext as _

from accounts.refusals import Refusal


class NotFound(Refusal):
    code, status = "not_found", 404

    def sentence(self) -> str:
        return _("This is not there any more.")


class SearchTooSlow(Refusal):
    code, status = "too_slow", 503

    def sentence(self) -> str:
        return _("That search took too long. Add a word, or choose a shorter time.")


class NothingSelected(Refusal):
    code, status = "nothing_selected", 422

    def sentence(self) -> str:
        return _("Select at least one image.")


class TooMany(Refusal):
    code, status = "too_many", 413

    def sentence(self) -> str:
        limit = f"{self.values['limit']:,}"
        return _(
            "At most %(limit)s images can be picked one by one. Select all that match instead."
        ) % {"limit": limit}


class TooManyBatches(Refusal):
    code, status = "too_many_batches", 409

    def sentence(self) -> str:
        return _("Other selections are still being worked on. Wait until one is finished.")


class Changed(Refusal):
    code, status = "conflict", 409

    def sentence(self) -> str:
        return _("This was already sent with another selection. Do it again.")


class NoUndo(Refusal):
    code, status = "no_undo", 409

    def sentence(self) -> str:
        return _("This cannot be undone.")
