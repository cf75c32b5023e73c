"""Why a project was not saved: a status for programs, a sentence for people. `field` is the one
of the form that the sentence is about."""

from typing import ClassVar

from django.utils.translation import gettext as _

import accounts.refusals


class Refusal(accounts.refusals.Refusal):
    status = 422
    field: ClassVar[str] = ""


class NotFound(Refusal):
    code, status = "not_found", 404

    def sentence(self) -> str:
        return _("This project does not exist, or it is not yours.")


class TooManyProjects(Refusal):
    code, status = "too_many_projects", 409

    def sentence(self) -> str:
        return _("There can be at most %(limit)s projects. Delete one first.") % self.values


class NoName(Refusal):
    code, field = "no_name", "name"

    def sentence(self) -> str:
        return _("Give the project a name.")


class NoHashtag(Refusal):
    code, field = "no_hashtag", "hashtags"

    def sentence(self) -> str:
        return _(
            "“%(word)s” cannot be a hashtag: only letters, digits and _ can be part of one."
        ) % {"word": self.values["word"]}


class HashtagTooLong(Refusal):
    code, field = "hashtag_too_long", "hashtags"

    def sentence(self) -> str:
        return _("A hashtag has at most %(limit)s characters.") % self.values


class TooManyHashtags(Refusal):
    code, field = "too_many_hashtags", "hashtags"

    def sentence(self) -> str:
        return _("A project has at most %(limit)s hashtags.") % self.values
