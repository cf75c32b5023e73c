"""Why an import was not begun."""

from typing import Any, ClassVar

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from chat.importing.sentences import failure


class NotBegun(Exception):
    """A status for programs and, in the active language, a sentence for people."""

    status: ClassVar[int]

    def __init__(self, **values: Any) -> None:
        super().__init__(type(self).__name__)
        self.values = values

    def sentence(self) -> str:
        raise NotImplementedError


class NoFile(NotBegun):
    status = 422

    def sentence(self) -> str:
        return _("Choose a file first.")


class FileTooLarge(NotBegun):
    status = 413

    def sentence(self) -> str:
        megabytes = number_format(self.values["limit"] // 1024**2, use_l10n=True)
        return _("This file is too large: at most %(megabytes)s MB can be imported.") % {
            "megabytes": megabytes
        }


class NotImportable(NotBegun):
    status = 422

    def sentence(self) -> str:
        return failure(self.values["reason"])


class ImportRunning(NotBegun):
    status = 409

    def sentence(self) -> str:
        return _("Another import of yours is still running. Wait for it, or stop it.")
