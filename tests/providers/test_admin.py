import pytest
from django.urls import reverse

from providers.models import AIModel, Dialect, Provider
from tests.providers.peer import peer

pytestmark = pytest.mark.django_db
LIST = "admin:providers_provider_changelist"


def change_url(provider: Provider) -> str:
    return reverse("admin:providers_provider_change", args=[provider.pk])


def save(staff, provider: Provider, **fields: object):
    data = {
        "name": provider.name,
        "dialect": provider.dialect,
        "base_url": provider.base_url,
        "headers": "{}",
        "enabled": "on",
    }
    return staff.post(change_url(provider), data | fields, follow=True)


def test_the_key_is_never_in_a_page(staff, provider):
    pages = [
        staff.get(change_url(provider)),
        staff.get(reverse(LIST)),
        save(staff, provider, new_key="sk-other-5678", _continue="1"),
        save(staff, provider, new_key="sk-other-5678", headers="{"),
        staff.get(reverse("admin:providers_provider_history", args=[provider.pk])),
    ]
    for page in pages:
        assert page.status_code == 200
        assert b"sk-secret" not in page.content
        assert b"sk-other" not in page.content


def test_a_blank_key_keeps_the_key(staff, provider):
    save(staff, provider, name="Renamed")
    provider.refresh_from_db()
    assert (provider.name, provider.api_key) == ("Renamed", "sk-secret-1234")


def test_a_new_key_replaces_the_key(staff, provider):
    save(staff, provider, new_key=" sk-new ")
    provider.refresh_from_db()
    assert provider.api_key == "sk-new"


def test_a_key_can_be_forgotten(staff, provider):
    save(staff, provider, forget_key="on")
    provider.refresh_from_db()
    assert provider.api_key == ""


@pytest.mark.parametrize(
    "fields",
    [
        {"new_key": "schlüssel"},
        {"base_url": "file:///etc/passwd"},
        {"base_url": ""},
        {"headers": '["a"]'},
        {"headers": '{"a": 1}'},
        {"headers": '{"a": "b\\nc: d"}'},
    ],
)
def test_a_wrong_provider_is_not_saved(staff, provider, fields):
    page = save(staff, provider, name="Wrong", **fields)
    assert b"errorlist" in page.content
    provider.refresh_from_db()
    assert provider.name == "Peer"


def test_a_provider_is_added(staff):
    data = {"name": "New", "dialect": "openai", "base_url": "http://ollama:11434/v1/"}
    data |= {"headers": "{}", "enabled": "on", "new_key": "sk-1"}
    staff.post(reverse("admin:providers_provider_add"), data)
    provider = Provider.objects.get(name="New")
    assert (provider.base_url, provider.api_key) == ("http://ollama:11434/v1", "sk-1")


def test_the_provider_of_the_environment_has_no_key_to_edit(staff, provider):
    Provider.objects.update(from_environment=True, api_key="")
    assert b"new_key" not in staff.get(change_url(provider)).content
    save(staff, provider, name="Renamed")
    provider.refresh_from_db()
    assert provider.name == "Renamed"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, "The endpoint lists 2 models. m-1 answered in "),
        ({"status": 401}, "does not accept its key. (HTTP 401: no)"),
        ({"chat_status": 402}, "There is no credit left"),
        ({"models": {"data": []}}, "The endpoint lists 0 models."),
        ({"models": "<html>"}, "The endpoint lists 0 models."),
    ],
)
def test_the_connection_test_says_how_it_went(staff, provider, changes, says):
    with peer() as state:
        for name, value in changes.items():
            setattr(state, name, value)
        page = save(staff, provider, base_url=state.base_url, _test="1")
    assert says in page.content.decode()


def test_the_connection_test_says_that_nobody_is_there(staff, provider):
    page = save(staff, provider, _test="1")
    assert "The model cannot be reached right now." in page.content.decode()


def test_the_actions_of_the_list_work_too(staff, provider):
    with peer() as state:
        Provider.objects.update(base_url=state.base_url)
        for action, says in (("test_connection", "m-1 answered"), ("sync", "2 added")):
            data = {"action": action, "_selected_action": [provider.pk]}
            page = staff.post(reverse(LIST), data, follow=True)
            assert says in page.content.decode()
    assert provider.models.count() == 2


def test_models_are_synced_by_a_button(staff, provider):
    with peer() as state:
        page = save(staff, provider, base_url=state.base_url, _sync="1")
    assert "2 models listed, 2 added" in page.content.decode()
    assert not Provider.objects.get(dialect=Dialect.DEMO).enabled


def test_the_demo_returns_when_the_last_model_is_disabled(staff, provider, make_model):
    model = make_model()
    data = {"action": "disable", "_selected_action": [model.pk]}
    staff.post(reverse("admin:providers_aimodel_changelist"), data)
    assert Provider.objects.get(dialect=Dialect.DEMO).enabled
    assert not AIModel.objects.get(pk=model.pk).enabled


def test_a_model_can_be_edited(staff, make_model):
    url = reverse("admin:providers_aimodel_change", args=[make_model().pk])
    assert staff.get(url).status_code == 200
    assert staff.get(reverse("admin:providers_aimodel_changelist")).status_code == 200
