"""A gallery for the lightbox to lie over."""

from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from gallery.seeding.posts import Studio
from tests.e2e.test_gallery_page import fill
from tests.studio import Studio as Processes


@pytest.fixture(autouse=True)
def files(shared_studio: Processes, settings: Any) -> None:
    """What is drawn here is read by the studio's processes."""
    settings.MEDIA_ROOT = Path(shared_studio.data) / "media"


@pytest.fixture
def studio(live: str, owner: User) -> Studio:
    return fill(owner, 40)
