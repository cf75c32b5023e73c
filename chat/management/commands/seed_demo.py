import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from accounts.models import User
from chat import seeding as chats
from gallery import seeding as galleries


class Command(BaseCommand):
    help = "Make up threads, or images, for somebody: to try or measure the studio with much in it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--user", required=True, metavar="EMAIL")
        parser.add_argument("--threads", type=int, help="100, unless only images are asked for")
        parser.add_argument("--messages", type=int, default=5000, help="of all threads together")
        parser.add_argument("--images", type=int, default=0, help="in posts of one to four")
        parser.add_argument("--chance", type=int, default=1, help="another number, other ones")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email__iexact=options["user"]).first()
        if user is None:
            raise CommandError(f"There is no account with the email {options['user']}.")
        threads, images = options["threads"], options["images"]
        if images < 0:
            raise CommandError("Ask for no fewer images than none.")
        if threads is not None or not images:
            self._threads(user, 100 if threads is None else threads, options)
        if images:
            self._images(user, images, options["chance"])

    def _threads(self, user: User, threads: int, options: dict[str, Any]) -> None:
        if threads < 1 or options["messages"] < threads:
            raise CommandError("Ask for at least one thread, and one message for each.")
        began, made = time.monotonic(), 0
        for made in chats.seed(
            user=user, threads=threads, messages=options["messages"], chance=options["chance"]
        ):
            self._tell(f"{made:,} messages")
        _analyze("chat_thread, chat_message, activity_conversationactivity")
        self._tell(f"{made:,} messages in {threads:,} threads, {_since(began)}.", "\n")

    def _images(self, user: User, images: int, chance: int) -> None:
        began = time.monotonic()
        for made in galleries.seed(user=user, images=images, chance=chance):
            self._tell(f"{made:,} images")
        _analyze("gallery_post, gallery_exchange")
        # Also marks which pages all may see: without that, an index alone answers nothing.
        with connection.cursor() as cursor:
            cursor.execute("VACUUM (ANALYZE) gallery_generatedimage")
        self._tell(f"{images:,} images, {_since(began)}.", "\n")

    def _tell(self, words: str, ending: str = "\r") -> None:
        self.stdout.write(words, ending=ending)


def _analyze(tables: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {tables}")


def _since(began: float) -> str:
    return f"{time.monotonic() - began:.0f} s"
