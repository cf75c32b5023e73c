from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from providers.base import BadKey, Unavailable
from providers.models import AIModel, Dialect, Kind, Provider
from providers.services import ensure_demo, ensure_environment, sync_models
from tests.providers.peer import peer

pytestmark = pytest.mark.django_db


@pytest.fixture
def endpoint(provider):
    with peer() as state:
        provider.base_url = state.base_url
        provider.save()
        yield state


def names(provider: Provider, **fields: object) -> list[str]:
    return list(provider.models.filter(**fields).values_list("slug", flat=True))


def test_a_sync_fills_in_the_models(provider, endpoint):
    changes = sync_models(provider)
    assert (changes.listed, changes.added) == (2, 2)
    assert names(provider, enabled=True, kind=Kind.TEXT) == ["m-1", "m-2"]
    assert endpoint.keys == ["Bearer sk-secret-1234"]


def test_a_second_sync_changes_nothing(provider, endpoint):
    sync_models(provider)
    before = list(provider.models.values())
    assert sync_models(provider).added == 0
    assert list(provider.models.values()) == before


def test_what_staff_decided_stays(provider, endpoint):
    sync_models(provider)
    provider.models.filter(slug="m-1").update(
        name="Mine", enabled=False, position=77, pigment=8, max_references=3
    )
    endpoint.models["data"][0] |= {"name": "Theirs", "context_length": 4096}
    sync_models(provider)
    model = provider.models.get(slug="m-1")
    assert (model.name, model.enabled, model.position, model.pigment) == ("Mine", False, 77, 8)
    assert (model.max_references, model.context_tokens) == (3, 4096)


def test_a_model_that_vanished_is_disabled_and_comes_back(provider, endpoint):
    sync_models(provider)
    both = endpoint.models["data"]
    endpoint.models["data"] = both[:1]
    assert sync_models(provider).vanished == 1
    assert names(provider, enabled=True) == ["m-1"]
    assert sync_models(provider).vanished == 0
    endpoint.models["data"] = both
    assert sync_models(provider).returned == 1
    assert names(provider, enabled=True) == ["m-1", "m-2"]


def test_a_model_that_staff_disabled_does_not_come_back(provider, endpoint):
    sync_models(provider)
    provider.models.filter(slug="m-2").update(enabled=False)
    sync_models(provider)
    assert names(provider, enabled=True) == ["m-1"]


def test_a_model_added_by_hand_is_left_alone(provider, endpoint, make_model):
    make_model("by-hand")
    sync_models(provider)
    assert "by-hand" in names(provider, enabled=True)


def test_an_empty_list_changes_nothing(provider, endpoint):
    sync_models(provider)
    endpoint.models = {"data": []}
    assert sync_models(provider).vanished == 0
    assert names(provider, enabled=True) == ["m-1", "m-2"]


def test_pigments_go_round(provider, endpoint):
    endpoint.models = {"data": [{"id": f"m-{number}"} for number in range(10)]}
    sync_models(provider)
    pigments = list(provider.models.order_by("position").values_list("pigment", flat=True))
    assert pigments == [1, 2, 3, 4, 5, 6, 7, 8, 1, 2]


@pytest.mark.parametrize(("status", "kind"), [(401, BadKey), (500, Unavailable)])
def test_a_sync_that_fails_changes_nothing(provider, endpoint, status, kind):
    sync_models(provider)
    endpoint.status = status
    with pytest.raises(kind):
        sync_models(provider)
    assert names(provider, enabled=True) == ["m-1", "m-2"]


def test_the_demo_answers_while_nothing_else_does():
    demo = ensure_demo()
    assert demo.enabled
    assert list(AIModel.objects.available().text().values_list("name", flat=True)) == [
        "Demo Writer",
        "Demo Echo",
    ]
    assert AIModel.objects.available().image().count() == 3
    assert all(name.startswith("Demo") for name in demo.models.values_list("name", flat=True))


def test_the_demo_steps_back_and_returns(provider, make_model):
    model = make_model()
    assert not ensure_demo().enabled
    assert not AIModel.objects.available().exclude(pk=model.pk).exists()
    provider.enabled = False
    provider.save()
    assert ensure_demo().enabled


def test_a_provider_without_models_does_not_silence_the_demo(provider):
    assert ensure_demo().enabled


def test_the_demo_is_made_once():
    assert ensure_demo().pk == ensure_demo().pk
    assert AIModel.objects.count() == 5


def test_the_environment_makes_a_provider_whose_key_is_not_kept(settings):
    settings.OPENAI_API_KEY = "sk-from-env"
    provider = ensure_environment()
    assert (provider.name, provider.base_url) == ("OpenAI", "https://api.openai.com/v1")
    assert provider.key == "sk-from-env"
    assert Provider.objects.get(pk=provider.pk).api_key == ""


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://openrouter.ai/api/v1", "OpenRouter"),
        ("http://localhost:11434/v1", "Ollama"),
        ("http://10.0.0.5:8000/v1", "10.0.0.5:8000"),
        ("http://[", "OpenAI-compatible"),
    ],
)
def test_the_provider_is_named_after_its_address(settings, url, name):
    settings.OPENAI_BASE_URL = url
    assert ensure_environment().name == name


def test_a_taken_name_is_not_taken_again(settings):
    Provider.objects.create(name="Ollama")
    settings.OPENAI_BASE_URL = "http://localhost:11434/v1"
    assert ensure_environment().name == "Ollama 2"


def test_the_environment_is_followed(settings):
    settings.OPENAI_BASE_URL = "http://localhost:1111/v1"
    first = ensure_environment()
    Provider.objects.update(name="Renamed")
    settings.OPENAI_BASE_URL = "http://localhost:2222/v1"
    second = ensure_environment()
    assert (second.pk, second.name) == (first.pk, "Renamed")
    assert second.base_url == "http://localhost:2222/v1"
    settings.OPENAI_BASE_URL = ""
    assert ensure_environment() is None
    assert not Provider.objects.get().enabled
    settings.OPENAI_BASE_URL = "http://localhost:3333/v1"
    assert ensure_environment().enabled


def test_the_command_syncs_every_enabled_provider(provider, endpoint, capsys):
    Provider.objects.create(name="Off", enabled=False)
    call_command("sync_models")
    assert capsys.readouterr().out == ("Peer: 2 models listed, 2 added, 0 vanished, 0 came back.\n")
    assert not Provider.objects.get(dialect=Dialect.DEMO).enabled


def test_the_command_fails_for_an_endpoint_that_is_down(provider, endpoint, capsys):
    endpoint.status = 401
    with pytest.raises(CommandError, match=r"Not synced: Peer\."):
        call_command("sync_models", provider="Peer")
    assert "does not accept its key" in capsys.readouterr().err


def test_the_command_knows_no_unknown_provider():
    with pytest.raises(CommandError, match="no provider named Nobody"):
        call_command("sync_models", provider="Nobody")


def test_a_start_goes_on_when_the_endpoint_is_down(settings, capsys):
    settings.OPENAI_BASE_URL = "http://127.0.0.1:9/v1"
    call_command("sync_models", environment=True)
    assert "127.0.0.1:9: The model cannot be reached right now." in capsys.readouterr().err
    assert Provider.objects.get(dialect=Dialect.DEMO).enabled


def test_a_start_syncs_what_the_environment_names(settings):
    with peer() as state:
        settings.OPENAI_BASE_URL = state.base_url
        settings.OPENAI_API_KEY = "sk-env"
        call_command("sync_models", environment=True)
    assert list(AIModel.objects.available().values_list("slug", flat=True)) == ["m-1", "m-2"]
    assert state.keys == ["Bearer sk-env"]


def test_a_name_that_the_demo_would_have_may_be_taken():
    Provider.objects.create(name="Demo", base_url="http://127.0.0.1:9/v1")
    assert ensure_demo().name == "Demo 2"


def test_there_is_one_demo_and_one_provider_of_the_environment(provider):
    ensure_demo()
    with pytest.raises(IntegrityError), transaction.atomic():
        Provider.objects.create(name="Another", dialect=Dialect.DEMO)
    Provider.objects.filter(pk=provider.pk).update(from_environment=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        Provider.objects.create(name="Another", from_environment=True)


@pytest.mark.django_db(transaction=True)
def test_processes_that_start_at_once_make_one_demo():
    def start(_: int) -> None:
        try:
            ensure_demo()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(start, range(4)))
    assert Provider.objects.count() == 1
    assert AIModel.objects.count() == 5
