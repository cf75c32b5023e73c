from typing import Any

from django.core.management.base import BaseCommand

from activity.sweeping import sweep


class Command(BaseCommand):
    help = "End generations whose worker has died, and send again those that nobody claimed."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{sweep()} generations ended or sent again.")
