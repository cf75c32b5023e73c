"""Why a request about a thread was refused: a status for programs, a sentence for people."""

from django.utils.translation import gettext as _

from accounts.refusals import Refusal


class NotFound(Refusal):
    code, status = "not_found", 404

    def sentence(self) -> str:
        return _("This chat does not exist, or it is not yours.")


class MessageGone(Refusal):
    code, status = "gone", 404

    def sentence(self) -> str:
        return _("This message is not there any more.")


class NotYourMessage(Refusal):
    code, status = "not_yours", 403

    def sentence(self) -> str:
        return _("Only who wrote a message can change it.")


class EmptyMessage(Refusal):
    code, status = "empty", 422

    def sentence(self) -> str:
        return _("Write a message first.")


class TooLong(Refusal):
    code, status = "too_long", 413

    def sentence(self) -> str:
        return _("This message is too long: at most %(limit)s characters can be sent.") % {
            "limit": f"{self.values['limit']:,}"
        }


class UnknownModel(Refusal):
    code, status = "unknown_model", 422

    def sentence(self) -> str:
        return _("This model is not available. Choose another one.")


class NoModel(Refusal):
    code, status = "no_model", 422

    def sentence(self) -> str:
        return _("No model is set up yet. Ask an administrator to add a provider.")


class WaitForAnswer(Refusal):
    code, status = "busy", 409

    def sentence(self) -> str:
        return _("Please wait for the current response to complete before sending another message")


class QueueFull(Refusal):
    code, status = "queue_full", 409

    def sentence(self) -> str:
        return _("The queue is full: %(limit)d messages can wait. Remove one or send it later.") % {
            "limit": self.values["limit"]
        }


class NotQueued(Refusal):
    code, status = "not_queued", 404

    def sentence(self) -> str:
        return _("This message is not in the queue any more.")


class RequestChanged(Refusal):
    code, status = "conflict", 409

    def sentence(self) -> str:
        return _("This message was already sent with another text. Send it again.")


class NothingToRetry(Refusal):
    code, status = "complete", 409

    def sentence(self) -> str:
        return _("This answer is already complete.")


class PathChanged(Refusal):
    """The page shows what is not there any more, and is about to hear of it."""

    code, status = "changed", 409

    def sentence(self) -> str:
        return _("This chat was changed elsewhere a moment ago.")


class Malformed(Refusal):
    code, status = "malformed", 400

    def sentence(self) -> str:
        return _("The page sent something unreadable. Reload it and try again.")


class PromptTooLong(Refusal):
    code, status = "prompt_too_long", 422

    def sentence(self) -> str:
        return _("A system prompt has at most %(limit)s characters.") % {
            "limit": f"{self.values['limit']:,}"
        }


class BadTemperature(Refusal):
    code, status = "bad_temperature", 422

    def sentence(self) -> str:
        return _("The temperature is a number from 0 to %(limit)g.") % {
            "limit": self.values["limit"]
        }


class EmptyTitle(Refusal):
    code, status = "empty_title", 422

    def sentence(self) -> str:
        return _("Give the chat a title.")


class TitleTooLong(Refusal):
    code, status = "title_too_long", 422

    def sentence(self) -> str:
        return _("A title has at most %(limit)s characters.") % {"limit": self.values["limit"]}


class TooManyPins(Refusal):
    code, status = "too_many_pins", 409

    def sentence(self) -> str:
        return _("At most %(limit)s chats can be pinned. Unpin one first.") % {
            "limit": self.values["limit"]
        }


class TooManyFiles(Refusal):
    code, status = "too_many_files", 422

    def sentence(self) -> str:
        return _("At most %(limit)s files can go with a message.") % self.values


class FileGone(Refusal):
    code, status = "file_gone", 422

    def sentence(self) -> str:
        return _("A file is not there any more. Remove it and add it again.")


class FileNotReady(Refusal):
    code, status = "file_not_ready", 409

    def sentence(self) -> str:
        if problem := self.values["problem"]:
            return _("%(name)s cannot be sent. %(problem)s") % {
                "name": self.values["name"],
                "problem": problem,
            }
        return _("%(name)s is still being checked. Send it in a moment.") % self.values


class NoSight(Refusal):
    code, status = "no_sight", 422

    def sentence(self) -> str:
        return _("%(model)s does not see images. Choose another model, or remove the images.") % {
            "model": self.values["model"]
        }
