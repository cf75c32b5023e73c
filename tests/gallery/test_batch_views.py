"""Batches over HTTP: what is sent is read strictly, and each person meets their own."""

import uuid
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from gallery.batches import lease, services, work
from gallery.batches.models import Batch
from gallery.browse import search
from gallery.browse.filters import Filters, Sort
from gallery.browse.pages import page_of
from gallery.images import GeneratedImage
from tests.gallery.rows import make_post

pytestmark = pytest.mark.django_db(transaction=True)

URL = "/gallery/batches/"


@pytest.fixture(autouse=True)
def _no_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "send", lambda batch_id: None)


def sent(**fields: Any) -> dict[str, str]:
    values = {"id": uuid.uuid4(), "kind": "delete", **fields}
    return {name: str(value) for name, value in values.items()}


def now() -> str:
    return timezone.now().isoformat()


def alive() -> int:
    return GeneratedImage.objects.filter(deleted_at=None).count()


def test_images_are_deleted_and_restored(browser: Client, owner: User) -> None:
    ids = [str(image.pk) for image in make_post(owner, images=3).images.all()]
    answer = browser.post(URL, sent(ids=",".join([*ids[:2], ids[0]]))).json()
    assert answer["sentence"] == "2 images moved to the trash."
    assert (answer["under_way"], alive()) == (False, 1)
    undone = browser.post(answer["undo"]).json()
    assert undone["sentence"] == "2 images restored."
    assert (undone["undo"], alive()) == (False, 3)


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": "x", "ids": str(uuid.uuid4())},
        {"ids": "x"},
        {"ids": f"{uuid.uuid4()};{uuid.uuid4()}"},
        {"kind": "burn", "ids": str(uuid.uuid4())},
        {"kind": "project", "project": "x", "ids": str(uuid.uuid4())},
        {"filters": "model=x", "until": now()},
        {"filters": "kind=generatd", "until": now()},
        {"filters": "since=2026-13-01", "until": now()},
        {"filters": "ratio=5:1", "until": now()},
        {"filters": "projects=1", "until": now()},
        {"filters": "q=%20", "until": now()},
        {"filters": "kind=generated"},
        {"filters": "kind=generated", "until": "2026-13-01"},
        {"filters": "", "until": "2026-01-01T00:00:00"},
    ],
)
def test_what_is_malformed_deletes_nothing(
    browser: Client, owner: User, wrong: dict[str, str]
) -> None:
    make_post(owner, images=2)
    answer = browser.post(URL, sent(**wrong))
    assert answer.status_code == 400
    assert answer.json()["message"].endswith(".")
    assert alive() == 2
    assert not Batch.objects.exists()


def test_too_many_ids_are_refused_with_a_sentence(browser: Client) -> None:
    for number, status in ((services.MAX_IDS + 1, 413), (200_000, 413)):
        ids = ",".join(str(uuid.UUID(int=one)) for one in range(number))
        answer = browser.post(URL, sent(ids=ids), headers={"Accept": "application/json"})
        assert answer.status_code == status
        assert answer.json()["message"].endswith(".")
    answer = browser.post(URL, sent(ids=""))
    assert (answer.status_code, answer.json()["message"]) == (422, "Select at least one image.")


def test_the_moment_is_never_to_come(browser: Client, owner: User) -> None:
    answer = browser.post(URL, sent(filters="", until="2100-01-01T00:00:00+00:00"))
    assert answer.status_code == 200
    batch = Batch.objects.get()
    assert batch.until is not None
    assert batch.until <= timezone.now()


def test_all_that_match_are_counted_as_the_page_counts(browser: Client, owner: User) -> None:
    make_post(owner, images=3)
    answer = browser.get(f"{URL}matching/", {"kind": "generated", "sort": "oldest"}).json()
    assert (answer["number"], answer["more"]) == (3, False)
    assert browser.get(f"{URL}matching/", {"kind": "edited"}).json()["number"] == 0
    assert browser.get(f"{URL}matching/", {"kind": "edit"}).status_code == 400
    sent_back = sent(filters=urlencode({"kind": "generated"}), until=answer["until"])
    assert browser.post(URL, sent_back).json()["sentence"] == "3 images moved to the trash."


@pytest.mark.parametrize("sort", [Sort.NEWEST, Sort.OLDEST, Sort.BEST])
def test_a_range_has_both_its_ends_in_either_direction(
    browser: Client, owner: User, sort: Sort
) -> None:
    for _ in range(4):
        make_post(owner, images=3, caption="A tram")
    words = "tram" if sort == Sort.BEST else ""
    shown = [image.key for image in page_of(owner, Filters(q=words, sort=sort)).images]
    query = {"sort": sort, "q": words} if words else {"sort": sort}
    for ends in ((2, 8), (8, 2), (5, 5)):
        one, other = (shown[end] for end in ends)
        answer = browser.get(f"{URL}between/", {**query, "one": one, "other": other})
        assert answer.json()["keys"] == shown[min(ends) : max(ends) + 1]
    assert browser.get(f"{URL}between/", {"one": "x", "other": shown[0]}).status_code == 400


def test_a_search_that_takes_too_long_is_refused(
    browser: Client, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_post(owner, images=2)
    ends = {"one": page_of(owner).images[0].key, "other": page_of(owner).images[1].key}
    monkeypatch.setattr(search.Search, "page", slow)
    monkeypatch.setattr(search.Search, "count", slow)
    for tail, query in (("matching/", {}), ("between/", ends)):
        answer = browser.get(f"{URL}{tail}", {"q": "vases", **query})
        assert answer.status_code == 503
        assert answer.json()["message"].startswith("That search took too long.")


def slow(*given: object, **options: object) -> None:
    raise search.TooSlow


def test_a_range_has_its_limit(
    browser: Client, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_post(owner, images=6)
    shown = [image.key for image in page_of(owner).images]
    monkeypatch.setattr("gallery.batches.views.MAX_IDS", 5)
    ends = {"one": shown[0], "other": shown[4]}
    assert len(browser.get(f"{URL}between/", ends).json()["keys"]) == 5
    answer = browser.get(f"{URL}between/", ends | {"other": shown[5]})
    assert answer.status_code == 413
    assert "5 images" in answer.json()["message"]


def test_what_goes_on_is_shown_until_it_was_read(
    browser: Client, owner: User, stranger: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "PORTION", 2)
    monkeypatch.setattr(work, "AT_ONCE_SECONDS", 0.0)
    make_post(owner, images=5)
    answer = browser.post(URL, sent(filters="", until=now())).json()
    assert answer["under_way"]
    page = browser.get(URL).content.decode()
    assert "Moving images to the trash…" in page
    assert "data-under-way" in page
    work.run(Batch.objects.get().pk)
    page = browser.get(URL).content.decode()
    assert "5 images moved to the trash." in page
    assert "Undo" in page
    other = Client()
    other.force_login(stranger)
    assert "batch" not in other.get(URL).content.decode()
    batch = Batch.objects.get().pk
    for verb in ("undo", "stop", "dismiss"):
        assert other.post(f"{URL}{batch}/{verb}/").status_code == 404
        assert browser.post(f"{URL}{uuid.uuid4()}/{verb}/").status_code == 404
    assert browser.post(f"{URL}{batch}/dismiss/").status_code == 204
    assert "batch" not in browser.get(URL).content.decode()
