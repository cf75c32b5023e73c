"""What people read about an import: why it failed, what came of it, and what did not."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.utils.formats import number_format
from django.utils.translation import gettext, gettext_noop, ngettext

from chat.importing.models import ImportJob
from chat.importing.report import Report

_FAILURES = {
    "not_json": gettext_noop("This is neither a ZIP archive nor a JSON file."),
    "broken_zip": gettext_noop("This ZIP archive is damaged, or of a kind that cannot be read."),
    "encrypted": gettext_noop(
        "This ZIP archive has a password. Unpack it, and import the file inside."
    ),
    "nothing_inside": gettext_noop("There are no chats in this file."),
    "too_many_files": gettext_noop("This ZIP archive holds too many files."),
    "too_large_unpacked": gettext_noop(
        "This ZIP archive holds more data than can be imported at once."
    ),
    "cut_off": gettext_noop("The file ends in the middle, as if its download had been cut off."),
    "unknown_format": gettext_noop(
        "This is not an export that can be read: bring one of ChatGPT, Open WebUI or Atelier."
    ),
    "keeps_failing": gettext_noop("The import failed several times at the same place."),
    "file_lost": gettext_noop("The file is gone. Bring it again."),
}
_SKIPPED = {
    "unreadable": gettext_noop("cannot be read"),
    "too_large": gettext_noop("too large"),
    "unknown": gettext_noop("not a chat of a known kind"),
    "empty": gettext_noop("without messages"),
    "in_trash": gettext_noop("deleted here before"),
}
_ANY = gettext_noop("Something went wrong.")


def failure(code: str) -> str:
    return gettext(_FAILURES.get(code, _ANY))


def skipped(code: str) -> str:
    return gettext(_SKIPPED.get(code, _ANY))


@dataclass(frozen=True, slots=True)
class Told:
    """A report in the active language: what came, what was left out, and which chats were."""

    results: list[str]
    left_out: list[str]
    skipped: list[tuple[str, str]]
    more_skipped: int


def tell(job: ImportJob) -> Told:
    report = Report.load(job.report)
    return Told(
        results=_results(report),
        left_out=_counted(report.left_out, _LEFT_OUT),
        skipped=[(one.title, skipped(one.reason)) for one in report.skipped],
        more_skipped=sum(report.reasons.values()) - len(report.skipped),
    )


Sentence = Callable[[int], str]


def _counted(numbers: Mapping[str, int], sentences: Mapping[str, Sentence]) -> list[str]:
    """A sentence for each number that is not 0, the number written in it."""
    return [
        sentence(numbers[name]) % {"count": number_format(numbers[name], force_grouping=True)}
        for name, sentence in sentences.items()
        if numbers.get(name)
    ]


def _results(report: Report) -> list[str]:
    numbers = {
        "added": report.added,
        "grown": report.grown,
        "present": report.present,
        "messages": report.messages,
        "skipped": sum(report.reasons.values()),
    }
    return _counted(numbers, _RESULTS)


_RESULTS: Mapping[str, Sentence] = {
    "added": lambda n: ngettext("%(count)s chat imported", "%(count)s chats imported", n),
    "grown": lambda n: ngettext(
        "%(count)s chat has new messages", "%(count)s chats have new messages", n
    ),
    "messages": lambda n: ngettext("%(count)s message added", "%(count)s messages added", n),
    "present": lambda n: ngettext(
        "%(count)s chat was already there", "%(count)s chats were already there", n
    ),
    "skipped": lambda n: ngettext("%(count)s chat left out", "%(count)s chats left out", n),
}
_LEFT_OUT: Mapping[str, Sentence] = {
    "attachments": lambda n: ngettext(
        "%(count)s attachment is named in its message, but not imported",
        "%(count)s attachments are named in their messages, but not imported",
        n,
    ),
    "shortened": lambda n: ngettext(
        "%(count)s message was longer than can be kept, and is cut off",
        "%(count)s messages were longer than can be kept, and are cut off",
        n,
    ),
    "unreadable": lambda n: ngettext(
        "%(count)s message could not be read", "%(count)s messages could not be read", n
    ),
    "deleted_branch": lambda n: ngettext(
        "%(count)s message follows one that was deleted here",
        "%(count)s messages follow ones that were deleted here",
        n,
    ),
    "reasoning": lambda n: ngettext(
        "%(count)s piece of reasoning is left out", "%(count)s pieces of reasoning are left out", n
    ),
    "tool": lambda n: ngettext(
        "%(count)s step of a tool is left out", "%(count)s steps of tools are left out", n
    ),
    "hidden": lambda n: ngettext(
        "%(count)s hidden message is left out", "%(count)s hidden messages are left out", n
    ),
    "no_text": lambda n: ngettext(
        "%(count)s message without text is left out",
        "%(count)s messages without text are left out",
        n,
    ),
}
