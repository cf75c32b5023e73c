"""The cast: an owner, a stranger, staff, and the model that they all talk to."""

import os

import pytest

from accounts.models import User
from providers.models import AIModel
from tests.factories import make_model, make_user

# Sync Playwright leaves an event loop in the main thread; its tests run last (below), and
# Django must not take that loop for an async caller.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: "page" in getattr(item, "fixturenames", ()))


@pytest.fixture
def model(db: None) -> AIModel:
    return make_model()


@pytest.fixture
def owner(model: AIModel) -> User:
    return make_user("owner@example.com", default_model=model)


@pytest.fixture
def stranger(model: AIModel) -> User:
    return make_user("stranger@example.com")


@pytest.fixture
def staff(model: AIModel) -> User:
    return make_user("staff@example.com", is_staff=True, is_superuser=True)
