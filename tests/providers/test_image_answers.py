"""What image models answer, in both dialects and over HTTP, up to the file that is kept of it:
against aimock, and against the images of OpenRouter's chat answers."""

import asyncio
import io
import json
import time
import uuid
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from accounts.models import User
from files import opening, queue, services
from files.models import File
from providers.base import (
    Endpoint,
    ImageData,
    ImageRequest,
    ImageResult,
    MalformedAnswer,
    ProviderError,
    RateLimited,
    RefusedContent,
    UnknownModel,
)
from providers.known import KNOWN_IMAGE_MODELS
from providers.registry import image_provider
from providers.sessions import Sessions, Timeouts
from tests.files.conftest import animation, empty_png, image
from tests.providers.aimock import aimock
from tests.providers.openrouter import Answer, encoded, error, openrouter

pytestmark = pytest.mark.xdist_group("aimock")

PATIENT = Timeouts(connect=5, first_byte=20, gap=20, image=20, total=60)
DIALECTS = ["images endpoints", "chat"]
FOX = image(size=(1024, 768))
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
REFUSAL = "Your request was rejected by our safety system."

IMAGES = {
    "a fox": FOX,
    "a photograph": image("JPEG", size=(800, 600)),
    "a web image": image("WEBP"),
    "an animation": animation(),
    "half an image": FOX[: len(FOX) // 2],
    "an svg": SVG,
    "no image": b"I cannot draw that.",
    "a huge wall": empty_png(10_000, 10_000),
}


def fixtures() -> list[dict[str, Any]]:
    """For aimock; the first that matches is given."""
    limit = {"error": {"message": "Slow down", "type": "rate_limit_error"}, "status": 429}
    blocked = {"message": REFUSAL, "code": "moderation_blocked"}
    given: list[tuple[str, dict[str, Any]]] = [
        ("busy for a second", {"image": {"b64Json": encoded(FOX)}}),
        ("busy for an hour", {**limit, "retryAfter": 3600}),
        ("something forbidden", {"error": blocked, "status": 400}),
        *((prompt, {"image": {"b64Json": encoded(one)}}) for prompt, one in IMAGES.items()),
    ]
    at_first = {"userMessage": "busy for a second", "endpoint": "image", "sequenceIndex": 0}
    return [
        {"match": at_first, "response": {**limit, "retryAfter": 1}},
        *(
            {"match": {"userMessage": prompt, "endpoint": "image"}, "response": response}
            for prompt, response in given
        ),
    ]


def answers() -> dict[str, list[Answer]]:
    """The same for the chat dialect."""
    drawn: dict[str, list[Answer]] = {prompt: [[content]] for prompt, content in IMAGES.items()}
    return drawn | {
        "busy for a second": [error(429, "Slow down", Retry_After="1"), [FOX]],
        "busy for an hour": [error(429, "Slow down", Retry_After="3600")],
        "something forbidden": [error(403, REFUSAL)],
        "something delicate": ["I'd rather not draw that."],
        "two foxes": [[FOX, image()]],
    }


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    path = tmp_path_factory.mktemp("aimock") / "images.json"
    path.write_text(json.dumps({"fixtures": fixtures()}))
    with aimock(path) as found:
        yield found


def draw(
    origin: str,
    dialect: str,
    request: ImageRequest,
    *,
    model: str = "google/gemini-2.5-flash-image",
    only_images: bool = False,
    seen: list[dict[str, Any]] | None = None,
) -> ImageResult:
    """`seen` gets the requests that OpenRouter was sent."""

    async def ask(base_url: str) -> ImageResult:
        endpoint = Endpoint(
            "openai", base_url, model, allow_private=True, images_in_chat=dialect == "chat",
            only_images=only_images,
        )  # fmt: skip
        async with Sessions(PATIENT) as sessions:
            provider = image_provider(endpoint, sessions)
            return await (provider.edit if request.references else provider.generate)(request)

    async def ask_in_chat() -> ImageResult:
        async with openrouter(answers()) as router:
            try:
                return await ask(router.base_url)
            finally:
                if seen is not None:
                    seen.extend(router.requests)

    return asyncio.run(ask_in_chat() if dialect == "chat" else ask(f"{origin}/v1"))


@pytest.mark.parametrize("dialect", DIALECTS)
class TestBothDialects:
    @pytest.mark.parametrize("prompt", ["a fox", "a photograph", "a web image", "an animation"])
    def test_an_image_comes_as_the_model_made_it(
        self, origin: str, dialect: str, prompt: str
    ) -> None:
        found = draw(origin, dialect, ImageRequest(prompt))

        assert found.image.content == IMAGES[prompt]
        kind = Image.open(io.BytesIO(IMAGES[prompt])).format
        assert found.image.media_type == f"image/{str(kind).lower()}"

    def test_several_references_go_along(self, origin: str, dialect: str) -> None:
        references = [ImageData(image(size=(n, 9)), "image/png") for n in (20, 30, 40)]

        assert draw(origin, dialect, ImageRequest("a fox", references=references)).image

    def test_a_short_wait_is_waited(self, origin: str, dialect: str) -> None:
        began = time.monotonic()

        assert draw(origin, dialect, ImageRequest("busy for a second")).image.content == FOX
        assert time.monotonic() - began >= 1

    @pytest.mark.parametrize(
        ("prompt", "kind"),
        [
            ("busy for an hour", RateLimited),
            ("something forbidden", RefusedContent),
            ("an svg", MalformedAnswer),
            ("no image", MalformedAnswer),
        ],
    )
    def test_failures_are_told_apart(
        self, origin: str, dialect: str, prompt: str, kind: type[ProviderError]
    ) -> None:
        with pytest.raises(kind) as failure:
            draw(origin, dialect, ImageRequest(prompt))
        if kind is RateLimited:
            assert failure.value.retry_after == 3600

    @pytest.mark.django_db(transaction=True)
    @pytest.mark.parametrize(
        ("prompt", "code"),
        [
            ("a fox", ""),
            ("an animation", ""),
            ("half an image", "damaged"),
            ("a huge wall", "too_many_pixels"),
        ],
    )
    def test_what_is_kept_of_an_answer(
        self,
        origin: str,
        dialect: str,
        prompt: str,
        code: str,
        owner: User,
        settings: Any,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        settings.MEDIA_ROOT = tmp_path
        monkeypatch.setattr(queue, "send", lambda sha256: None)
        content = draw(origin, dialect, ImageRequest(prompt)).image.content

        kept = services.keep_result(user=owner, file_id=uuid.uuid4(), name=prompt, content=content)
        opening.open_file(kept.blob_id)

        file = File.objects.get()
        assert file.blob.error_code == code
        assert file.blob.is_ready == (not code)
        assert file.problem.endswith(".") == bool(code)


# --- Chat answers that carry images ---


def test_what_a_chat_answer_says_beside_its_image_and_costs(origin: str) -> None:
    found = draw(origin, "chat", ImageRequest("two foxes"))

    assert (found.image.content, found.text) == (FOX, "Here it is.")
    assert found.usage.cost == Decimal("0.0387")
    assert found.usage.completion_tokens == 1290


def test_words_in_place_of_an_image_are_a_refusal(origin: str) -> None:
    with pytest.raises(RefusedContent, match="rather not"):
        draw(origin, "chat", ImageRequest("something delicate"))


def test_a_model_of_images_only_is_asked_for_images_only(origin: str) -> None:
    flux, seen = "black-forest-labs/flux.2-flex", []
    with pytest.raises(UnknownModel):
        draw(origin, "chat", ImageRequest("a fox"), model=flux)

    found = draw(origin, "chat", ImageRequest("a fox"), model=flux, only_images=True, seen=seen)

    assert found.image.content == FOX
    assert seen[0]["modalities"] == ["image"]


@pytest.mark.parametrize("slug", KNOWN_IMAGE_MODELS)
def test_known_models_are_asked_only_for_what_they_can(origin: str, slug: str) -> None:
    known, seen = KNOWN_IMAGE_MODELS[slug], []
    for ratio in known.aspect_ratios:
        request = ImageRequest("a fox", ratio, known.resolutions[-1])
        draw(origin, "chat", request, model=slug, only_images=True, seen=seen)

    assert [each["image_config"]["aspect_ratio"] for each in seen] == known.aspect_ratios
    sizes = {each["image_config"].get("image_size", "1K") for each in seen}
    assert sizes == {known.resolutions[-1]}
