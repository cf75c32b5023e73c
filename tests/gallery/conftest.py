"""Demo models that do not wait."""

import logging
from collections.abc import Iterator

import pytest

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
