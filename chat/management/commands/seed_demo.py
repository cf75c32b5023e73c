import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from accounts.models import User
from chat.seeding import seed


class Command(BaseCommand):
    help = "Make up threads for somebody, to try or measure the studio with much in it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--user", required=True, metavar="EMAIL")
        parser.add_argument("--threads", type=int, default=100)
        parser.add_argument("--messages", type=int, default=5000, help="of all threads together")
        parser.add_argument("--chance", type=int, default=1, help="another number, other threads")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email__iexact=options["user"]).first()
        if user is None:
            raise CommandError(f"There is no account with the email {options['user']}.")
        if options["threads"] < 1 or options["messages"] < options["threads"]:
            raise CommandError("Ask for at least one thread, and one message for each.")
        began = time.monotonic()
        made = 0
        for made in seed(
            user=user,
            threads=options["threads"],
            messages=options["messages"],
            chance=options["chance"],
        ):
            self.stdout.write(f"{made:,} messages\r", ending="")
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE chat_thread, chat_message, activity_conversationactivity")
        seconds = time.monotonic() - began
        self.stdout.write(f"{made:,} messages in {options['threads']:,} threads, {seconds:.0f} s.")
