"""Fill models from their providers' own lists."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from providers.base import ProviderError
from providers.models import Dialect, Provider
from providers.sentences import sentence
from providers.services import ensure_demo, ensure_environment, sync_models


class Command(BaseCommand):
    help = "Fill models from the list of every enabled provider."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--provider", metavar="NAME", help="only this provider")
        parser.add_argument(
            "--environment",
            action="store_true",
            help="at start: make the provider that the environment names, and the demo",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["environment"]:
            provider = ensure_environment()
            if provider is not None and provider.enabled:
                self._sync(provider)
        else:
            failed = [
                each.name for each in self._chosen(options["provider"]) if not self._sync(each)
            ]
            if failed:
                ensure_demo()
                raise CommandError(f"Not synced: {', '.join(failed)}.")
        ensure_demo()

    def _chosen(self, name: str | None) -> list[Provider]:
        if name is None:
            return list(Provider.objects.filter(enabled=True).exclude(dialect=Dialect.DEMO))
        try:
            return [Provider.objects.get(name=name)]
        except Provider.DoesNotExist:
            raise CommandError(f"There is no provider named {name}.") from None

    def _sync(self, provider: Provider) -> bool:
        try:
            changes = sync_models(provider)
        except ProviderError as error:
            self.stderr.write(f"{provider.name}: {sentence(error.code)} ({error.detail})")
            return False
        self.stdout.write(
            f"{provider.name}: {changes.listed} models listed, {changes.added} added, "
            f"{changes.vanished} vanished, {changes.returned} came back."
        )
        return True
