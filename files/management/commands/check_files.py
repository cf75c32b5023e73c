"""Tells of rows without files and files without rows."""

from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from files import checking

SAYS = {
    checking.LOST: "a row without its file",
    checking.NO_PREVIEW: "a row without its file, which can be made again",
    checking.UNKNOWN: "a file without a row",
    checking.SPARE: "a file without a row, which is not needed",
}


class Command(BaseCommand):
    help = (
        "Look for rows without files and files without rows, in whatever storage there is. Fails"
        " where there are any."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--repair",
            action="store_true",
            help="make previews again and remove files that are not needed; nothing else",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        found: Counter[str] = Counter()
        repaired = 0
        for finding in checking.check():
            found[finding.kind] += 1
            done = options["repair"] and checking.repair(finding)
            repaired += done
            note = " (repaired)" if done else ""
            self.stdout.write(f"{SAYS[finding.kind]}: {finding.path}{note}")
        without_file = found[checking.LOST] + found[checking.NO_PREVIEW]
        without_row = found[checking.UNKNOWN] + found[checking.SPARE]
        told = f"{without_file} rows without files, {without_row} files without rows"
        if found.total() > repaired:
            raise CommandError(f"{told}; {repaired} repaired.")
        self.stdout.write(f"{told}; {repaired} repaired.")
