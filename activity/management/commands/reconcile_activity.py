from typing import Any

from django.core.management.base import BaseCommand

from activity.counts import reconcile_activity


class Command(BaseCommand):
    help = "Make the conversations' activity equal to the generations that are really in flight."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{reconcile_activity()} conversations repaired.")
