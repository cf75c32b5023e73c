"""Images in a real browser: in their place from the first moment, in the best format, and under
our own policy."""

import io
import re
import uuid
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, Request, Route, expect

from accounts.models import User
from chat import services as chat
from files import opening, services
from providers.models import AIModel
from tests.studio import Studio

pytestmark = [pytest.mark.e2e, pytest.mark.stack]

PREVIEW = re.compile(r"/files/[0-9a-f-]+/\d+\.(avif|webp)$")


@pytest.fixture
def seen(live: str, model: AIModel, owner: User, shared_studio: Studio, settings: object) -> str:
    """A thread with a wide image; its path."""
    settings.MEDIA_ROOT = Path(shared_studio.data) / "media"  # type: ignore[attr-defined]
    AIModel.objects.update(vision=True)
    out = io.BytesIO()
    Image.linear_gradient("L").resize((1600, 900)).convert("RGB").save(out, "PNG")
    file = services.upload(
        user=owner, file_id=uuid.uuid4(), name="Dusk.png", pieces=[out.getvalue()]
    )
    opening.open_file(file.blob_id)
    thread_id = uuid.uuid4()
    chat.send(
        user=owner, thread_id=thread_id, text="Look", model_id=None, client_id=uuid.uuid4(),
        file_ids=[file.pk],
    )  # fmt: skip
    return f"/chat/{thread_id}/"


def test_a_picture_is_blurred_in_its_place_and_then_sharp(page: Page, seen: str, live: str) -> None:
    held: list[Route] = []
    page.route(PREVIEW, lambda route: held.append(route))
    page.goto(live + seen)
    picture = page.get_by_role("img", name="Dusk.png")
    expect(picture).to_be_visible()
    blur = page.locator(".picture-blur")
    expect(blur).to_be_attached()
    assert blur.evaluate("img => img.complete && img.naturalWidth") == 16  # our policy lets it
    before = picture.bounding_box()
    assert before == blur.bounding_box()

    for route in held:
        route.continue_()
    page.wait_for_function(
        "() => [...document.images].every(img => img.complete && img.naturalWidth)"
    )

    assert picture.bounding_box() == before
    assert picture.evaluate("img => img.currentSrc").endswith(".avif")


def test_a_browser_without_avif_gets_webp(page: Page, seen: str, live: str) -> None:
    asked: list[str] = []

    def without(route: Route, request: Request) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace("image/avif", "image/unknown"))

    page.on("request", lambda request: asked.append(request.url))
    page.route(re.compile(r"/chat/[0-9a-f-]+/$"), without)
    page.goto(live + seen)
    page.wait_for_function(
        "() => [...document.images].every(img => img.complete && img.naturalWidth)"
    )

    previews = [url for url in asked if PREVIEW.search(url)]
    assert previews
    assert all(url.endswith(".webp") for url in previews)
