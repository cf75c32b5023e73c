"""Demo models that do not wait, and what is heard of batches and of the trash."""

import logging
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from activity import events
from gallery.batches import lease
from gallery.trash import services
from providers.demo import images, text


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
