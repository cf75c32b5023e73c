"""Why an import was not begun."""

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from accounts.refusals import Refusal
from chat.importing.sentences import failure


class NoFile(Refusal):
    code, status = "no_file", 422

    def sentence(self) -> str:
        return _("Choose a file first.")


class FileTooLarge(Refusal):
    code, status = "too_large", 413

    def sentence(self) -> str:
        megabytes = number_format(self.values["limit"] // 1024**2, use_l10n=True)
        return _("This file is too large: at most %(megabytes)s MB can be imported.") % {
            "megabytes": megabytes
        }


class NotImportable(Refusal):
    code, status = "not_importable", 422

    def sentence(self) -> str:
        return failure(self.values["reason"])


class ImportRunning(Refusal):
    code, status = "running", 409

    def sentence(self) -> str:
        return _("Another import of yours is still running. Wait for it, or stop it.")
