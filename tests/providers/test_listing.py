from decimal import Decimal

import pytest

from providers.known import KNOWN_IMAGE_MODELS
from providers.listing import parse_listing
from providers.models import Kind
from providers.sizes import RESOLUTIONS


def only(**entry: object):
    [model] = parse_listing({"data": [entry]})
    return model


def test_openai_ids_become_models_by_their_names():
    names = ["gpt-4o-mini", "gpt-image-1", "dall-e-3", "text-embedding-3-small", "whisper-1"]
    names += ["tts-1-hd", "gpt-4o-realtime-preview", "omni-moderation-latest", "gpt-4o-transcribe"]
    found = parse_listing({"object": "list", "data": [{"id": name} for name in names]})
    assert [(model.slug, model.kind) for model in found] == [
        ("gpt-4o-mini", Kind.TEXT),
        ("gpt-image-1", Kind.IMAGE),
        ("dall-e-3", Kind.IMAGE),
    ]
    assert [model.image_edit for model in found[1:]] == [True, False]
    assert found[0].vision
    assert not found[1].images_in_chat


def test_openrouter_says_more():
    model = only(
        id="anthropic/claude-x",
        name="Anthropic: Claude X",
        context_length=200_000,
        architecture={"input_modalities": ["text", "image"], "output_modalities": ["text"]},
        pricing={"prompt": "0.000003", "completion": "0.000015"},
    )
    assert (model.name, model.kind, model.vision) == ("Anthropic: Claude X", Kind.TEXT, True)
    assert model.context_tokens == 200_000
    assert (model.input_price, model.output_price) == (Decimal(3), Decimal(15))


def test_openrouter_image_models_answer_in_chat():
    model = only(
        id="google/gemini-2.5-flash-image",
        name="Google: Gemini 2.5 Flash Image",
        architecture={
            "input_modalities": ["image", "text"],
            "output_modalities": ["image", "text"],
        },
    )
    assert (model.name, model.kind) == ("Nano Banana", Kind.IMAGE)
    assert model.images_in_chat
    assert model.image_edit
    assert "16:9" in model.aspect_ratios


def test_known_image_models_have_their_names():
    found = parse_listing({"data": [{"id": slug} for slug in KNOWN_IMAGE_MODELS]})
    assert [model.name for model in found] == [
        "Nano Banana",
        "Nano Banana Pro",
        "SeeDream v4.5",
        "Flux 2 Flex",
        "GPT Image 1.5",
    ]
    assert {model.kind for model in found} == {Kind.IMAGE}


def test_a_model_that_only_speaks_is_left_out():
    spoken = {"input_modalities": ["text"], "output_modalities": ["audio"]}
    assert parse_listing({"data": [{"id": "voice", "architecture": spoken}]}) == []


def test_ollama_models_are_text():
    found = parse_listing(
        {"object": "list", "data": [{"id": "llama3.2:1b", "owned_by": "library"}]}
    )
    assert [(model.slug, model.kind) for model in found] == [("llama3.2:1b", Kind.TEXT)]


@pytest.mark.parametrize("price", ["-1", "free", None, True, "NaN", "1e99", {}])
def test_an_odd_price_is_no_price(price):
    assert only(id="x", pricing={"prompt": price}).input_price is None


@pytest.mark.parametrize("length", ["4096", -1, 0, True, 2**40, None])
def test_an_odd_context_is_no_context(length):
    assert only(id="x", context_length=length).context_tokens is None


@pytest.mark.parametrize(
    "found", [None, [], {}, {"data": None}, {"data": "x"}, {"data": [None, 7, {}, {"id": 5}]}, "x"]
)
def test_what_is_no_list_lists_nothing(found):
    assert parse_listing(found) == []


def test_a_slug_counts_once_and_odd_ones_not_at_all():
    entries = [{"id": "a"}, {"id": "a", "name": "B"}, {"id": " "}, {"id": "x" * 300}, {"id": "\0"}]
    assert [model.name for model in parse_listing(entries)] == ["a"]


def test_image_models_that_give_no_text_are_told_apart():
    def listed(slug: str, *gives: str):
        shape = {"input_modalities": ["image", "text"], "output_modalities": list(gives)}
        [model] = parse_listing({"data": [{"id": slug, "architecture": shape}]})
        return model

    assert listed("black-forest-labs/flux.2-flex", "image").only_images is True
    assert listed("google/gemini-2.5-flash-image", "image", "text").only_images is False
    [bare] = parse_listing({"data": [{"id": "gpt-image-1"}]})
    assert (bare.only_images, bare.images_in_chat) == (False, False)


def test_known_image_models_offer_what_they_can():
    shape = {"input_modalities": ["image", "text"], "output_modalities": ["image"]}
    slugs = ["google/gemini-2.5-flash-image", "bytedance-seed/seedream-4.5", "someone/painter-1"]
    nano, dream, other = parse_listing(
        {"data": [{"id": slug, "architecture": shape} for slug in slugs]}
    )

    assert (nano.max_references, nano.resolutions) == (3, ["1K"])
    assert "21:9" in nano.aspect_ratios
    assert (dream.max_references, dream.resolutions) == (10, ["2K", "4K"])
    assert (other.max_references, other.resolutions) == (4, RESOLUTIONS)


def test_the_price_of_an_images_tokens_is_no_price_of_an_image():
    entry = {
        "id": "google/gemini-2.5-flash-image",
        "pricing": {"prompt": "0.0000003", "completion": "0.0000025", "image_output": "0.00003"},
    }
    [model] = parse_listing({"data": [entry]})

    assert (model.input_price, model.output_price) == (Decimal("0.3"), Decimal("2.5"))
