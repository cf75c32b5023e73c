from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from providers.models import AIModel, Kind, Provider
from tests.accounts.factories import make_user

pytestmark = pytest.mark.django_db

FORM = {
    "name": "Marek Kowal",
    "language": "",
    "theme": "system",
    "default_model": "",
    "send_key": "enter",
}


@pytest.fixture
def owner(client: Client) -> User:
    user = make_user()
    client.force_login(user)
    return user


def test_settings_are_for_people_who_signed_in(client: Client) -> None:
    for url in ("/settings/", "/settings/theme/"):
        assert client.get(url).headers["Location"] == f"/accounts/login/?next={url}"
        assert client.post(url, FORM).headers["Location"] == f"/accounts/login/?next={url}"


def test_what_is_saved_is_shown(client: Client, owner: User) -> None:
    assert client.post("/settings/", FORM).status_code == 302
    page = client.get("/settings/").content.decode()
    assert "Settings saved." in page
    assert 'value="Marek Kowal"' in page


def test_the_chosen_language_wins_over_the_browsers(client: Client, owner: User) -> None:
    client.post("/settings/", FORM | {"language": "pt-br"})
    page = client.get("/settings/", headers={"accept-language": "en"})
    assert '<html lang="pt-br">' in page.content.decode()
    assert page.headers["Content-Language"] == "pt-br"
    client.post("/settings/", FORM | {"language": "en"})
    page = client.get("/settings/", headers={"accept-language": "pt-BR"})
    assert '<html lang="en">' in page.content.decode()


def test_without_a_choice_the_browser_decides(client: Client, owner: User) -> None:
    page = client.get("/settings/", headers={"accept-language": "pt-BR,en;q=0.5"})
    assert '<html lang="pt-br">' in page.content.decode()


def test_the_sentence_after_saving_is_in_the_new_language(client: Client, owner: User) -> None:
    response = client.post("/settings/", FORM | {"language": "pt-br"}, follow=True)
    assert "Preferências salvas." in response.content.decode()


def test_a_visitor_can_choose_a_language(client: Client) -> None:
    response = client.post("/settings/language/", {"language": "pt-br", "next": "/accounts/login/"})
    assert response.headers["Location"] == "/accounts/login/"
    assert '<html lang="pt-br">' in client.get("/accounts/login/").content.decode()


def test_the_language_form_leads_nowhere_else(client: Client) -> None:
    form = {"language": "pt-br", "next": "https://elsewhere.example/"}
    assert client.post("/settings/language/", form).headers["Location"] == "/"


@pytest.mark.parametrize(("theme", "mark"), [("dark", ' data-theme="dark"'), ("system", "")])
def test_the_theme_is_in_the_page_from_the_server(
    client: Client, owner: User, theme: str, mark: str
) -> None:
    assert client.post("/settings/theme/", {"theme": theme}).status_code == 204
    assert f'<html lang="en"{mark}>' in client.get("/settings/").content.decode()


def test_an_unknown_theme_is_refused(client: Client, owner: User) -> None:
    assert client.post("/settings/theme/", {"theme": "sepia"}).status_code == 422
    owner.refresh_from_db()
    assert owner.theme == "system"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("theme", ""),
        ("theme", "sepia"),
        ("language", "xx"),
        ("default_model", "x"),
        ("name", "n" * 151),
        ("name", "a\x00b"),
    ],
)
def test_bad_values_are_refused_and_nothing_is_saved(
    client: Client, owner: User, field: str, value: str
) -> None:
    response = client.post("/settings/", FORM | {"language": "pt-br"} | {field: value})
    assert response.status_code == 422
    owner.refresh_from_db()
    assert (owner.name, owner.language, owner.theme) == ("", "", "system")


def make_models() -> dict[str, AIModel]:
    on = Provider.objects.create(name="On", base_url="https://on.example/v1")
    off = Provider.objects.create(name="Off", base_url="https://off.example/v1", enabled=False)

    def model(name: str, provider: Provider = on, **fields: Any) -> AIModel:
        return AIModel.objects.create(provider=provider, slug=name, name=name, **fields)

    return {
        "good": model("good"),
        "image": model("image", kind=Kind.IMAGE),
        "disabled": model("disabled", enabled=False),
        "elsewhere": model("elsewhere", provider=off),
    }


def test_only_text_models_that_can_be_used_are_offered(client: Client, owner: User) -> None:
    models = make_models()
    page = client.get("/settings/").content.decode()
    assert [name for name, model in models.items() if str(model.pk) in page] == ["good", "image"]
    offered = page.partition('name="default_model"')[2].partition("</select>")[0]
    assert [name for name, model in models.items() if str(model.pk) in offered] == ["good"]
    response = client.post("/settings/", FORM | {"default_model": str(models["image"].pk)})
    assert response.status_code == 422
    client.post("/settings/", FORM | {"default_model": str(models["good"].pk)})
    owner.refresh_from_db()
    assert owner.default_model == models["good"]


def test_staff_find_the_administration_in_their_menu(client: Client, owner: User) -> None:
    assert "/admin/" not in client.get("/settings/").content.decode()
    User.objects.update(is_staff=True)
    assert "/admin/" in client.get("/settings/").content.decode()


def test_image_models_for_new_posts_are_kept(client: Client, owner: User) -> None:
    models = make_models()
    page = client.get("/settings/").content.decode()
    assert str(models["image"].pk) in page

    wrong = client.post("/settings/", FORM | {"default_image_models": [str(models["good"].pk)]})
    assert wrong.status_code == 422
    client.post("/settings/", FORM | {"default_image_models": [str(models["image"].pk)]})
    assert [*owner.default_image_models.all()] == [models["image"]]
    client.post("/settings/", FORM)
    assert not owner.default_image_models.exists()
