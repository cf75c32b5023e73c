from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from providers.models import AIModel, Dialect, Kind, Provider
from providers.openai_compatible import retry


@pytest.fixture(autouse=True)
def _quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "FIRST_PAUSE_SECONDS", 0.01)


@pytest.fixture
def provider(db: None) -> Provider:
    return Provider.objects.create(
        name="Peer", base_url="http://127.0.0.1:9/v1", api_key="sk-secret-1234"
    )


@pytest.fixture
def staff(client: Client, db: None, settings: Any) -> Client:
    # Pages without `collectstatic` first.
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}
    client.force_login(User.objects.create_superuser("staff@example.com"))
    return client


@pytest.fixture
def make_model(provider: Provider) -> Callable[..., AIModel]:
    def make(slug: str = "m", **fields: object) -> AIModel:
        return AIModel.objects.create(
            **{"provider": provider, "slug": slug, "name": slug, "kind": Kind.TEXT} | fields
        )

    return make


@pytest.fixture
def demo(db: None) -> Provider:
    return Provider.objects.create(name="Demo", dialect=Dialect.DEMO)
