from decimal import Decimal

import pytest
from django.db import IntegrityError, connection

from providers.models import AIModel, Kind, Provider
from providers.registry import endpoint_for, image_provider, text_provider
from providers.sentences import sentence
from providers.sessions import Sessions
from tests.providers.test_errors import every_code

pytestmark = pytest.mark.django_db


def column(provider: Provider) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT api_key FROM providers_provider WHERE id = %s", [provider.pk])
        return cursor.fetchone()[0]


def test_the_key_is_kept_as_ciphertext_only(provider):
    assert "sk-secret" not in column(provider)
    assert Provider.objects.get().api_key == "sk-secret-1234"


def test_two_equal_keys_do_not_look_equal(provider):
    other = Provider.objects.create(name="Other", api_key="sk-secret-1234")
    assert column(provider) != column(other)


def test_a_key_that_can_no_longer_be_read_is_empty(provider, settings):
    settings.SECRET_KEY = "another"
    assert Provider.objects.get().api_key == ""


def test_no_key_is_no_ciphertext(provider):
    provider.api_key = ""
    provider.save()
    assert column(provider) == ""


def test_an_endpoint_has_all_that_a_request_needs(provider, make_model, settings):
    settings.PRIVATE_PROVIDERS = True
    provider.headers = {"X-Title": "Atelier"}
    provider.save()
    endpoint = endpoint_for(make_model("gpt-x"))
    assert endpoint.model == "gpt-x"
    assert endpoint.base_url == provider.base_url
    assert endpoint.api_key == "sk-secret-1234"
    assert endpoint.headers == {"X-Title": "Atelier"}
    assert endpoint.allow_private
    assert "sk-secret" not in repr(endpoint)


def test_private_addresses_follow_the_setting(make_model, settings):
    settings.PRIVATE_PROVIDERS = False
    assert not endpoint_for(make_model()).allow_private


@pytest.mark.parametrize(
    ("dialect", "in_chat", "text", "image"),
    [
        ("openai", False, "OpenAITextProvider", "OpenAIImageProvider"),
        ("openai", True, "OpenAITextProvider", "ChatImageProvider"),
        ("demo", False, "DemoTextProvider", "DemoImageProvider"),
    ],
)
def test_the_dialect_chooses_the_client(provider, make_model, dialect, in_chat, text, image):
    provider.dialect = dialect
    endpoint = endpoint_for(make_model(images_in_chat=in_chat))
    assert type(text_provider(endpoint, Sessions())).__name__ == text
    assert type(image_provider(endpoint, Sessions())).__name__ == image


def test_only_enabled_models_of_enabled_providers_are_available(provider, make_model):
    make_model("on")
    make_model("off", enabled=False)
    assert [model.slug for model in AIModel.objects.available()] == ["on"]
    Provider.objects.update(enabled=False)
    assert not AIModel.objects.available().exists()


@pytest.mark.parametrize("pigment", [0, 9])
def test_a_pigment_is_one_of_eight(make_model, pigment):
    with pytest.raises(IntegrityError):
        make_model(pigment=pigment)


def test_a_cost_needs_both_prices(make_model):
    model = make_model(input_price=3, output_price=15)
    assert model.text_cost(prompt_tokens=1000, completion_tokens=100) * 10_000 == 45
    assert make_model("b").text_cost(prompt_tokens=1, completion_tokens=1) is None


def test_every_error_has_a_sentence_of_its_own():
    codes = [*every_code(), "interrupted", "worker_lost"]
    found = {sentence(code) for code in codes}
    assert len(found) == len(codes)
    assert all(text.endswith(".") for text in found)
    assert sentence("what?") not in found


def test_an_image_costs_its_price_or_its_tokens(make_model):
    drawn = {"prompt_tokens": 100, "completion_tokens": 1000}
    fixed = make_model(
        "a",
        kind=Kind.IMAGE,
        image_price=Decimal("0.04"),
        input_price=Decimal(1),
        output_price=Decimal(2),
    )
    metered = make_model("b", kind=Kind.IMAGE, input_price=Decimal(1), output_price=Decimal(2))

    assert fixed.image_cost(**drawn) == Decimal("0.04")
    assert metered.image_cost(**drawn) == Decimal("0.0021")
    assert metered.image_cost(prompt_tokens=None, completion_tokens=9) is None
    assert make_model("c", kind=Kind.IMAGE).image_cost(**drawn) is None


@pytest.mark.parametrize(
    ("wished", "given"),
    [
        (("4:5", "1K"), ("2:3", "1K")),
        (("1:1", "4K"), ("1:1", "2K")),
        (("16:9", "2K"), ("3:2", "2K")),
        (("9:16", "?"), ("2:3", "1K")),
    ],
)
def test_a_wish_becomes_what_a_model_offers(make_model, wished, given):
    model = make_model(aspect_ratios=["1:1", "2:3", "3:2"], resolutions=["2K", "1K"])

    assert model.image_shape(*wished) == given
    assert make_model("bare").image_shape(*wished) == wished
