"""Removes files that nothing points to."""

from typing import Any

from django.core.management.base import BaseCommand

from files.purging import purge


class Command(BaseCommand):
    help = "Remove files that nothing points to, and their bytes. Beat does it every hour."

    def handle(self, *args: Any, **options: Any) -> None:
        files, blobs = purge()
        self.stdout.write(f"Removed {files} files and the bytes of {blobs}.")
