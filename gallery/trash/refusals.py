"""Why something in the trash was not changed."""

from django.utils.translation import gettext as _

from accounts.refusals import Refusal


class NotFound(Refusal):
    code, status = "not_found", 404

    def sentence(self) -> str:
        return _("This is not in your trash any more.")


class NothingSelected(Refusal):
    code, status = "nothing_selected", 422

    def sentence(self) -> str:
        return _("Select at least one item.")


class TooMany(Refusal):
    code, status = "too_many", 413

    def sentence(self) -> str:
        return _("At most %(limit)s items can be selected.") % self.values
