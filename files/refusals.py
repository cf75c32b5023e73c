"""Why a file was not taken: a status for programs, a sentence for people."""

from django.utils.translation import gettext as _

from accounts.refusals import Refusal
from files.sentences import failure

MB = 1024 * 1024


class NotYours(Refusal):
    code, status = "not_found", 404

    def sentence(self) -> str:
        return _("This file does not exist, or it is not yours.")


class Empty(Refusal):
    code, status = "empty", 422

    def sentence(self) -> str:
        return _("This file is empty.")


class TooLarge(Refusal):
    code, status = "too_large", 413

    def sentence(self) -> str:
        return _("This file is too large: at most %(limit)s MB can be added.") % {
            "limit": self.values["limit"] // MB
        }


class WrongKind(Refusal):
    code, status = "wrong_kind", 415

    def sentence(self) -> str:
        return _("This kind of file cannot be added. PNG, JPEG, WebP, GIF, PDF and text can.")


class Cut(Refusal):
    code, status = "cut", 400

    def sentence(self) -> str:
        return _("The file did not arrive whole. Check your connection and try again.")


class QuotaReached(Refusal):
    code, status = "quota", 413

    def sentence(self) -> str:
        return _("Your files take up all of the %(limit)s MB that you may store.") % {
            "limit": self.values["limit"] // MB
        }


class NoRoom(Refusal):
    code, status = "no_room", 413

    def sentence(self) -> str:
        return failure("no_room")


class StorageAway(Refusal):
    code, status = "storage_away", 503

    def sentence(self) -> str:
        return failure("storage_away")


class IdTaken(Refusal):
    code, status = "conflict", 409

    def sentence(self) -> str:
        return _("Another file was added in this place. Add this one again.")
