from django.apps import AppConfig
from django.contrib.staticfiles.apps import StaticFilesConfig


class ConfigConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        from config import checks  # noqa: F401  registers them


class OwnStaticFilesConfig(StaticFilesConfig):
    # Its copy of htmx imports a bare "htmx", which no hashed name can replace; ours is vendored.
    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "django_htmx"]
