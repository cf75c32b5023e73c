"""The models to choose from, and favourites."""

import uuid

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from chat.favourites import set_favourite
from chat.models import Thread
from chat.picker import SHORTLIST, groups, shortlist
from chat.refusals import UnknownModel
from providers.models import AIModel, Dialect, Kind, Provider
from tests.factories import make_model, send

pytestmark = pytest.mark.django_db(transaction=True)


def listed(user: User) -> list[tuple[str, list[str]]]:
    return [(group.label, [model.name for model in group.models]) for group in groups(user)]


def test_favourites_come_first_and_once(owner: User, model: AIModel) -> None:
    echo = make_model("demo-echo", position=5)
    assert listed(owner) == [("Demo", ["Demo Writer", "Demo Echo"])]
    set_favourite(user=owner, model_id=echo.pk, on=True)
    set_favourite(user=owner, model_id=echo.pk, on=True)
    assert listed(owner) == [("Favourites", ["Demo Echo"]), ("Demo", ["Demo Writer"])]
    assert [m.name for m in shortlist(owner)] == ["Demo Echo", "Demo Writer"]
    set_favourite(user=owner, model_id=echo.pk, on=False)
    assert listed(owner) == [("Demo", ["Demo Writer", "Demo Echo"])]


def test_favourites_are_ones_own(owner: User, stranger: User, model: AIModel) -> None:
    set_favourite(user=owner, model_id=model.pk, on=True)
    assert listed(stranger) == [("Demo", ["Demo Writer"])]


def test_only_a_model_that_can_be_chosen_becomes_a_favourite(owner: User) -> None:
    image = make_model("demo-shapes", kind=Kind.IMAGE)
    off = make_model("demo-echo", enabled=False)
    for model_id in (image.pk, off.pk, uuid.uuid4()):
        with pytest.raises(UnknownModel):
            set_favourite(user=owner, model_id=model_id, on=True)
        set_favourite(user=owner, model_id=model_id, on=False)
    assert not owner.favourite_models.exists()


def test_a_disabled_favourite_is_not_listed_and_comes_back(owner: User, model: AIModel) -> None:
    set_favourite(user=owner, model_id=model.pk, on=True)
    AIModel.objects.update(enabled=False)
    assert listed(owner) == []
    AIModel.objects.update(enabled=True)
    assert listed(owner) == [("Favourites", ["Demo Writer"])]


def test_500_models_cost_no_more_queries_than_one(owner: User, client: Client) -> None:
    client.force_login(owner)
    client.get("/chat/models/")
    with CaptureQueriesContext(connection) as few:
        client.get("/chat/models/")
    other = Provider.objects.create(name="Other", dialect=Dialect.OPENAI)
    AIModel.objects.bulk_create(
        AIModel(provider=other, slug=f"m{n}", name=f"M{n}", input_price=1, output_price=2)
        for n in range(500)
    )
    with CaptureQueriesContext(connection) as many:
        page = client.get("/chat/models/").content.decode()
    assert len(many) == len(few)
    assert page.count('role="option"') == 501
    assert "$1.00 in, $2.00 out" in page
    new = client.get("/chat/").content.decode()
    assert new.count("menu-item") < 40
    assert new.count('data-again="regenerate" data-model') == SHORTLIST


def test_a_thread_says_that_its_model_is_gone(owner: User, model: AIModel, client: Client) -> None:
    generation = send(owner, model_id=make_model("demo-echo").pk).generation
    client.force_login(owner)
    url = f"/chat/{generation.thread_id}/"
    assert "not available any more" not in main_of(client, url)
    AIModel.objects.filter(slug="demo-echo").update(enabled=False)
    assert "Demo Echo is not available any more. Demo Writer answers instead." in main_of(
        client, url
    )
    AIModel.objects.filter(slug="demo-echo").delete()
    assert client.get(url).status_code == 200
    assert Thread.objects.get().model_id is None


def main_of(client: Client, url: str) -> str:
    return client.get(url, headers={"HX-Request": "true"}).content.decode()


def test_starring_over_http(owner: User, model: AIModel, client: Client) -> None:
    client.force_login(owner)
    url = f"/chat/models/{model.pk}/favourite/"
    assert client.post(url, {"on": "true"}).status_code == 204
    assert "data-favourite" in client.get("/chat/models/").content.decode()
    assert client.post(url, {"on": "false"}).status_code == 204
    unknown = client.post(f"/chat/models/{uuid.uuid4()}/favourite/", {"on": "true"})
    assert unknown.status_code == 422
