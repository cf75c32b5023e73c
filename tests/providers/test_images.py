"""The image clients against exact bytes."""

import base64
import json

import pytest

from providers.base import (
    AddressRefused,
    Endpoint,
    ImageData,
    ImageRequest,
    ImageResult,
    MalformedAnswer,
    ProviderTimeout,
    RefusedContent,
    TooLarge,
)
from providers.openai_compatible import limits
from providers.openai_compatible.chat_images import ChatImageProvider
from providers.openai_compatible.images import OpenAIImageProvider
from providers.openai_compatible.sizes import size_for
from providers.sessions import Sessions
from tests.providers.test_streams import PNG
from tests.providers.wire import DONE, SHORT, delta, event, head, refuses, sends, wire

B64 = base64.b64encode(PNG).decode()
JPEG = b"\xff\xd8\xff\xe0 a jpeg"


def answers(document: object) -> object:
    return sends(head(kind="application/json"), json.dumps(document).encode())


async def draw(
    base_url: str, request: ImageRequest, *, provider: type = OpenAIImageProvider, **more: object
) -> ImageResult:
    endpoint = Endpoint("openai", base_url, "gpt-image-1", **({"allow_private": True} | more))
    async with Sessions(SHORT) as sessions:
        client = provider(endpoint, sessions)
        return await (client.edit(request) if request.references else client.generate(request))


async def test_an_image_is_generated():
    document = {
        "data": [{"b64_json": B64, "revised_prompt": "A fox"}],
        "usage": {"input_tokens": 5, "output_tokens": 100},
    }
    async with wire(answers(document)) as served:
        found = await draw(served.base_url, ImageRequest("A fox", "9:16"))
    assert found.image == ImageData(PNG, "image/png")
    assert found.text == "A fox"
    assert (found.usage.prompt_tokens, found.usage.completion_tokens) == (5, 100)
    [sent] = served.requests
    assert sent.path == "/v1/images/generations"
    assert sent.json == {"model": "gpt-image-1", "prompt": "A fox", "n": 1, "size": "1024x1536"}


@pytest.mark.parametrize(("count", "field"), [(1, b'name="image"'), (2, b'name="image[]"')])
async def test_references_are_sent_as_files(count, field):
    request = ImageRequest("Bluer", references=[ImageData(JPEG, "image/jpeg")] * count)
    async with wire(answers({"data": [{"b64_json": B64}]})) as served:
        await draw(served.base_url, request)
    [sent] = served.requests
    assert sent.path == "/v1/images/edits"
    assert sent.body.count(field) == count
    assert sent.body.count(JPEG) == count
    assert b'filename="reference-1.jpeg"' in sent.body
    assert b"Bluer" in sent.body


async def test_a_form_can_be_sent_again():
    request = ImageRequest("Bluer", references=[ImageData(PNG, "image/png")])
    async with wire(refuses("503 Down"), answers({"data": [{"b64_json": B64}]})) as served:
        await draw(served.base_url, request)
    assert [sent.body.count(PNG) for sent in served.requests] == [1, 1]


async def test_an_image_behind_a_url_is_fetched_without_the_key():
    async with wire(sends(b"")) as served:
        url = served.base_url + "/files/1.png"
    async with wire(
        lambda c: answers({"data": [{"url": f"http://{c.header('Host')}/1.png"}]})(c),
        sends(head(kind="image/png"), PNG),
    ) as served:
        found = await draw(served.base_url, ImageRequest("x"), api_key="sk-1")
    assert found.image.content == PNG
    first, second = served.requests
    assert first.header("Authorization") == "Bearer sk-1"
    assert (second.path, second.header("Authorization")) == ("/1.png", None)
    assert url


async def test_an_image_url_may_not_lead_into_the_private_network():
    async with wire(sends(head(kind="image/png"), PNG)) as elsewhere:
        document = {"data": [{"url": elsewhere.base_url + "/1.png"}]}
        async with wire(answers(document)) as served:
            with pytest.raises(AddressRefused):
                await draw(served.base_url, ImageRequest("x"))
    assert elsewhere.requests == []


@pytest.mark.parametrize("url", ["file:///etc/passwd", "http://169.254.169.254/x", "x"])
async def test_other_urls_are_refused(url):
    async with wire(answers({"data": [{"url": url}]})) as served:
        with pytest.raises(AddressRefused):
            await draw(served.base_url, ImageRequest("x"))


async def test_a_url_that_redirects_is_not_followed():
    async with wire(
        lambda c: answers({"data": [{"url": f"http://{c.header('Host')}/1.png"}]})(c),
        refuses("302 Found", Location="http://169.254.169.254/"),
    ) as served:
        with pytest.raises(MalformedAnswer):
            await draw(served.base_url, ImageRequest("x"))
    assert len(served.requests) == 2


async def test_too_large_an_image_is_refused(monkeypatch):
    monkeypatch.setattr(limits, "IMAGE_FILE", 20)
    async with wire(
        lambda c: answers({"data": [{"url": f"http://{c.header('Host')}/1.png"}]})(c),
        sends(head(kind="image/png"), PNG),
    ) as served:
        with pytest.raises(TooLarge):
            await draw(served.base_url, ImageRequest("x"))


@pytest.mark.parametrize(
    "document",
    [
        {},
        [],
        {"data": None},
        {"data": []},
        {"data": [{}]},
        {"data": [7]},
        {"data": [{"b64_json": "@@"}]},
        {"data": [{"b64_json": base64.b64encode(b"<svg/>").decode()}]},
        {"data": [{"url": "data:text/html,<b>"}]},
    ],
)
async def test_an_answer_without_an_image_is_malformed(document):
    async with wire(answers(document)) as served:
        with pytest.raises(MalformedAnswer):
            await draw(served.base_url, ImageRequest("x"))


async def test_refused_content_is_told():
    error = {"error": {"code": "moderation_blocked", "message": "safety system"}}
    async with wire(refuses("400 Bad", error)) as served:
        with pytest.raises(RefusedContent):
            await draw(served.base_url, ImageRequest("x"))


async def test_an_image_that_takes_too_long_is_a_timeout():
    async with wire(sends(b"", hang=3)) as served:
        with pytest.raises(ProviderTimeout):
            await draw(served.base_url, ImageRequest("x"))


def image_event(content: bytes = PNG) -> bytes:
    url = "data:image/png;base64," + base64.b64encode(content).decode()
    return delta("", images=[{"type": "image_url", "image_url": {"url": url}}])


async def test_an_image_comes_out_of_a_chat_answer():
    request = ImageRequest("Bluer", "16:9", "2K", [ImageData(PNG, "image/png")])
    usage = event({"choices": [], "usage": {"prompt_tokens": 3, "cost": 0.04}})
    stream = sends(head(), delta("Here. "), image_event(), delta(None, "stop"), usage, DONE)
    async with wire(stream) as served:
        found = await draw(served.base_url, request, provider=ChatImageProvider)
    assert found.image == ImageData(PNG, "image/png")
    assert (found.text, str(found.usage.cost)) == ("Here.", "0.04")
    body = served.requests[0].json
    assert body["modalities"] == ["image", "text"]
    assert body["image_config"] == {"aspect_ratio": "16:9", "image_size": "2K"}
    assert [part["type"] for part in body["messages"][0]["content"]] == ["text", "image_url"]


async def test_a_large_image_fits_into_one_event():
    large = PNG + bytes(5_000_000)
    async with wire(sends(head(), image_event(large), DONE)) as served:
        found = await draw(served.base_url, ImageRequest("x"), provider=ChatImageProvider)
    assert len(found.image.content) == len(large)


async def test_an_explanation_in_place_of_an_image_is_a_refusal():
    async with wire(sends(head(), delta("I cannot draw that."), DONE)) as served:
        with pytest.raises(RefusedContent, match="cannot draw"):
            await draw(served.base_url, ImageRequest("x"), provider=ChatImageProvider)


async def test_nothing_at_all_in_place_of_an_image_is_malformed():
    async with wire(sends(head(), DONE)) as served:
        with pytest.raises(MalformedAnswer):
            await draw(served.base_url, ImageRequest("x"), provider=ChatImageProvider)


@pytest.mark.parametrize(
    ("model", "aspect", "resolution", "size"),
    [
        ("gpt-image-1", "16:9", "4K", "1536x1024"),
        ("gpt-image-1", "1:1", "1K", "1024x1024"),
        ("dall-e-3", "9:16", "1K", "1024x1792"),
        ("flux", "1:1", "2K", "2048x2048"),
        ("flux", "16:9", "1K", "1344x768"),
        ("flux", "what", "?", "1024x1024"),
        ("flux", "1:0", "1K", "1024x1024"),
    ],
)
def test_sizes_suit_the_model(model, aspect, resolution, size):
    assert size_for(model, aspect, resolution) == size
