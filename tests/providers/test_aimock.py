"""Against an independent implementation of the OpenAI API, in a process of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from providers.base import (
    BadKey,
    Endpoint,
    ImageData,
    ImageRequest,
    NoCredit,
    RateLimited,
    ReasoningDelta,
    StreamCut,
    Unavailable,
)
from providers.listing import parse_listing
from providers.openai_compatible.images import OpenAIImageProvider
from providers.openai_compatible.model_list import fetch_model_list
from providers.sessions import Sessions, Timeouts
from tests.providers.aimock import aimock
from tests.providers.test_streams import PNG
from tests.providers.wire import Outcome, ask, say

pytestmark = pytest.mark.xdist_group("aimock")

FIXTURES = Path(__file__).parent / "fixtures/aimock.json"
PATIENT = Timeouts(connect=5, first_byte=10, gap=10, image=10, total=20)


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    with aimock(FIXTURES) as found:
        yield found


async def question(origin: str, text: str) -> Outcome:
    return await ask(f"{origin}/v1", say(text), timeouts=PATIENT, api_key="sk-test")


async def test_an_answer_streams_with_its_usage(origin):
    found = await question(origin, "hello")
    assert found.text == "Hello! 👋 How are you?"
    assert found.completed.finish_reason == "stop"
    assert found.completed.usage.prompt_tokens > 0
    assert found.completed.usage.completion_tokens > 0


async def test_the_paths_of_openrouter_work_too(origin):
    found = await ask(f"{origin}/api/v1", say("hello"), timeouts=PATIENT)
    assert found.text == "Hello! 👋 How are you?"


async def test_reasoning_is_kept_apart(origin):
    found = await question(origin, "think")
    thoughts = [event.text for event in found.events if isinstance(event, ReasoningDelta)]
    assert ("".join(thoughts), found.text) == ("Let me see.", "42")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("limit", RateLimited),
        ("quota", NoCredit),
        ("key", BadKey),
        ("no such fixture", Unavailable),
    ],
)
async def test_errors_are_told_apart(origin, text, kind):
    assert type((await question(origin, text)).error) is kind


async def test_a_cut_stream_keeps_what_came(origin):
    found = await question(origin, "cut")
    assert isinstance(found.error, StreamCut)
    assert "This answer is never finished.".startswith(found.text)
    assert found.text


@pytest.mark.parametrize("references", [[], [ImageData(PNG, "image/png")]])
async def test_images_are_generated_and_edited(origin, references):
    endpoint = Endpoint("openai", f"{origin}/v1", "gpt-image-1", allow_private=True)
    async with Sessions(PATIENT) as sessions:
        provider = OpenAIImageProvider(endpoint, sessions)
        make = provider.edit if references else provider.generate
        found = await make(ImageRequest("a cat", references=references))
    assert found.image.media_type == "image/png"


@pytest.mark.parametrize(("path", "slug"), [("/v1", "gpt-4o"), ("/api/v1", "openai/gpt-4o")])
async def test_models_are_listed(origin, path, slug):
    endpoint = Endpoint("openai", origin + path, "", allow_private=True)
    async with Sessions(PATIENT) as sessions:
        listed = parse_listing(await fetch_model_list(endpoint, sessions))
    assert slug in [model.slug for model in listed]
