"""Demo models that do not wait, and what is heard of batches and of the trash."""

import logging
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from activity import events
from gallery import making
from gallery.batches import lease
from gallery.trash import services
from providers.base import Endpoint, ImageRequest, ImageResult
from providers.demo import images, text
from providers.demo.images import DemoImageProvider

Draw = Callable[[Endpoint, ImageRequest], ImageResult | None]


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "WORDS_PER_SECOND", 10_000)
    monkeypatch.setattr(images, "PAUSE_SECONDS", dict.fromkeys(images.PAUSE_SECONDS, 0.0))


@pytest.fixture(scope="session", autouse=True)
def quiet_end() -> Iterator[None]:
    """This process's worker goes on until the process ends, after its services and its log."""
    yield
    logging.raiseExceptions = False


@pytest.fixture
def browser(owner: User) -> Client:
    client = Client()
    client.force_login(owner)
    return client


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[uuid.UUID]:
    """Batches that were handed to the workers."""
    heard: list[uuid.UUID] = []
    monkeypatch.setattr(lease, "send", heard.append)
    return heard


@pytest.fixture
def told_of(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    heard: list[tuple[str, Any]] = []

    def publish(messages: Sequence[tuple[str, events.Event]]) -> None:
        heard.extend(messages)

    monkeypatch.setattr(events, "publish", publish)
    return heard


@pytest.fixture
def own_storage(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def purge_tasks(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, tuple[object, ...]]]:
    """What the trash gave to workers, of which there are none."""
    tasks: list[tuple[str, tuple[object, ...]]] = []
    monkeypatch.setattr(services, "_send", lambda task, *given: tasks.append((task, given)))
    return tasks


@pytest.fixture
def drawn_by(monkeypatch: pytest.MonkeyPatch) -> Callable[[Draw], list[str]]:
    """Have images drawn by a function; returns the slugs that were asked, in their order."""

    def use(draw: Draw) -> list[str]:
        asked: list[str] = []

        class Provider:
            def __init__(self, endpoint: Endpoint) -> None:
                self.endpoint = endpoint

            async def generate(self, request: ImageRequest) -> ImageResult:
                asked.append(self.endpoint.model)
                result = draw(self.endpoint, request)
                if result is not None:
                    return result
                return await DemoImageProvider(self.endpoint).generate(request)

            edit = generate

        monkeypatch.setattr(making, "image_provider", lambda endpoint, _: Provider(endpoint))
        return asked

    return use
