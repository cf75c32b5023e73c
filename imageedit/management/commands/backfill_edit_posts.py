from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from imageedit.posts import backfill


class Command(BaseCommand):
    help = "Make the posts of edited images that have none. May be stopped and run again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only count them")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        total = 0
        for made in backfill(dry_run=dry_run):
            total += made
            if options["verbosity"] > 1:
                self.stdout.write(f"{total} so far")
        self.stdout.write(f"{total} posts {'to make' if dry_run else 'made'}.")
