"""Deletes for good what is in the trash for long enough."""

from collections import Counter
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from gallery.trash import purging


class Command(BaseCommand):
    help = (
        "Delete for good what is in the trash for long enough and what was emptied, with the files"
        " that nothing points to any more. Beat does it every day. It may be killed at any moment"
        " and run again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help="only tell what would be deleted"
        )
        parser.add_argument(
            "--older-than",
            type=float,
            metavar="DAYS",
            default=settings.TRASH_DAYS,
            help="how long it must have been in the trash (%(default)s days)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not 0 <= options["older_than"] < 100_000:
            raise CommandError("--older-than takes a number of days.")
        before = purging.cutoff(options["older_than"])
        self.stdout.write(f"Deleted before {before:%Y-%m-%d %H:%M:%S} UTC, or emptied:")
        if options["dry_run"]:
            self.stdout.write(f"Would delete {_told(purging.count(before=before))}.")
            return
        tally = purging.purge(before=before)
        self.stdout.write(
            f"Deleted {_told(tally.things)}; {tally.files} files, and the bytes of {tally.blobs}."
        )
        if tally.failed:
            raise CommandError(f"{tally.failed} could not be deleted; the log says why.")


def _told(things: Counter[str]) -> str:
    found = [f"{count} {plural}" for plural, count in sorted(things.items()) if count]
    return ", ".join(found) or "nothing"
