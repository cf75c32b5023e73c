"""Why a request about an edit conversation was refused."""

from django.utils.translation import gettext as _

from accounts.refusals import Refusal


class NotFound(Refusal):
    code, status = "not_found", 404

    def sentence(self) -> str:
        return _("This conversation does not exist, or it is not yours.")


class Busy(Refusal):
    code, status = "busy", 409

    def sentence(self) -> str:
        return _("The last change is still being made. Wait until it is finished, or stop it.")


class NoReference(Refusal):
    code, status = "no_reference", 422

    def sentence(self) -> str:
        return _("Choose at least one image to change.")


class CannotEdit(Refusal):
    code, status = "cannot_edit", 422

    def sentence(self) -> str:
        return _("%(name)s cannot change images. Choose another model.") % self.values


class EmptyTitle(Refusal):
    code, status = "empty", 422

    def sentence(self) -> str:
        return _("Write a title.")
