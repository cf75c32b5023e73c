"""Why a request about a post was refused: a status for programs, a sentence for people."""

from django.utils.translation import gettext as _

from accounts.refusals import Refusal


class NotFound(Refusal):
    code, status = "not_found", 404

    def sentence(self) -> str:
        return _("This post does not exist, or it is not yours.")


class ImageGone(Refusal):
    code, status = "gone", 404

    def sentence(self) -> str:
        return _("This image is not there any more.")


class NoVersion(Refusal):
    code, status = "no_version", 404

    def sentence(self) -> str:
        return _("This version of the post does not exist.")


class NoProject(Refusal):
    code, status = "no_project", 422

    def sentence(self) -> str:
        return _("This project is not there any more. Choose another one.")


class Busy(Refusal):
    code, status = "busy", 409

    def sentence(self) -> str:
        return _("This post is still being made. Wait until it is finished, or stop it.")


class EmptyPrompt(Refusal):
    code, status = "empty", 422

    def sentence(self) -> str:
        return _("Write what the post is about.")


class EmptyInstruction(Refusal):
    code, status = "empty", 422

    def sentence(self) -> str:
        return _("Write what should change.")


class TooLong(Refusal):
    code, status = "too_long", 413

    def sentence(self) -> str:
        return _("This text is too long: at most %(limit)s characters.") % {
            "limit": f"{self.values['limit']:,}"
        }


class NothingAsked(Refusal):
    code, status = "nothing_asked", 422

    def sentence(self) -> str:
        return _("Choose the caption, the images, or both.")


class NoImageModel(Refusal):
    code, status = "no_image_model", 422

    def sentence(self) -> str:
        return _("Choose at least one image model.")


class TooManyModels(Refusal):
    code, status = "too_many_models", 422

    def sentence(self) -> str:
        return _("At most %(limit)s image models can be asked at once.") % self.values


class UnknownModel(Refusal):
    code, status = "unknown_model", 422

    def sentence(self) -> str:
        return _("This model is not available. Choose another one.")


class NoTextModel(Refusal):
    code, status = "no_model", 422

    def sentence(self) -> str:
        return _("No text model is set up yet. Ask an administrator to add a provider.")


class BadShape(Refusal):
    code, status = "bad_shape", 422

    def sentence(self) -> str:
        return _("Choose one of the aspect ratios and resolutions that are offered.")


class BadTone(Refusal):
    code, status = "bad_tone", 422

    def sentence(self) -> str:
        return _("Choose one of the tones that are offered.")


class TooManyFiles(Refusal):
    code, status = "too_many_files", 422

    def sentence(self) -> str:
        return _("At most %(limit)s reference images can be added.") % self.values


class FileGone(Refusal):
    code, status = "file_gone", 422

    def sentence(self) -> str:
        return _("A reference image is not there any more. Remove it and add it again.")


class FileNotReady(Refusal):
    code, status = "file_not_ready", 409

    def sentence(self) -> str:
        if problem := self.values["problem"]:
            return _("%(name)s cannot be used. %(problem)s") % {
                "name": self.values["name"],
                "problem": problem,
            }
        return _("%(name)s is still being checked. Try again in a moment.") % self.values


class NoImageFile(Refusal):
    code, status = "no_image_file", 422

    def sentence(self) -> str:
        return _("%(name)s is no image. Only images can be references.") % self.values


class TooManyHashtags(Refusal):
    code, status = "too_many_hashtags", 422

    def sentence(self) -> str:
        return _("At most %(limit)s hashtags can be kept.") % self.values


class ImageNotReady(Refusal):
    code, status = "not_ready", 409

    def sentence(self) -> str:
        return _("This image is not ready yet.")


class NothingToRetry(Refusal):
    code, status = "complete", 409

    def sentence(self) -> str:
        return _("There is nothing to try again: all of it is there.")


class RequestChanged(Refusal):
    code, status = "conflict", 409

    def sentence(self) -> str:
        return _("This was already sent with other words. Send it again.")


class Malformed(Refusal):
    code, status = "malformed", 400

    def sentence(self) -> str:
        return _("The page sent something unreadable. Reload it and try again.")
