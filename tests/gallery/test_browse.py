"""Pages of a gallery: which images, and what they cost however many there are."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import User
from gallery.browse import pages, positions, search
from gallery.browse.filters import Filters, Sort, read
from gallery.browse.pages import PAGE, Count, Part, count_of, page_of
from gallery.browse.positions import Position
from gallery.images import GeneratedImage, ImageKind
from gallery.seeding.posts import Studio, write
from gallery.seeding.texts import LONG_AGO
from providers.sizes import ASPECT_RATIOS
from tests.gallery.plans import plans
from tests.gallery.rows import make_file, make_image_model, make_post, make_project

pytestmark = pytest.mark.django_db

MANY = 12_000
ROW = 12  # blocks: an image with its post, model, file and blob, each found by its key


def ids(page: pages.Page) -> list[Any]:
    return [image.pk for image in page.images]


def walk(user: User, filters: Filters, limit: int) -> list[Any]:
    seen: list[Any] = []
    after = None
    while True:
        page = page_of(user, filters, Part(after, limit=limit))
        seen += ids(page)
        if (after := page.next) is None:
            return seen


# --- Which images ---


@pytest.mark.parametrize("sort", [Sort.NEWEST, Sort.OLDEST])
def test_pages_have_every_image_once_also_those_of_one_moment(owner: User, sort: Sort) -> None:
    moment = timezone.now()
    for _ in range(4):
        make_post(owner, images=3).images.update(created_at=moment)
    make_post(owner, images=2)
    filters = Filters(sort=sort)

    seen = walk(owner, filters, 3)

    assert len(seen) == len(set(seen)) == 14
    assert seen == ids(page_of(owner, filters))


def test_one_can_go_back_and_ask_for_a_part(owner: User) -> None:
    make_post(owner, images=9)
    everything = ids(page_of(owner))
    second = page_of(owner, part=Part(page_of(owner, part=Part(limit=3)).next, limit=3))
    assert ids(second) == everything[3:6]

    first = page_of(owner, part=Part(before=second.previous, limit=3))
    assert (ids(first), first.previous) == (everything[:3], None)
    assert first.next is not None

    part = Part(first.next, second.next, pages.MOST, bounded=True)
    assert ids(page_of(owner, part=part)) == everything[3:6]


def test_each_filter_leaves_out_the_others(owner: User, stranger: User) -> None:
    model, project = make_image_model(), make_project(owner)
    wanted = make_post(owner, project=project).images.get()
    GeneratedImage.objects.filter(pk=wanted.pk).update(
        model=model,
        aspect_ratio="16:9",
        kind=ImageKind.EDITED,
        created_at=datetime(2026, 3, 5, 12, tzinfo=UTC),
    )
    make_post(owner)
    make_post(stranger)
    day = date(2026, 3, 5)
    for asked in (
        {"model": model.pk},
        {"ratio": "16:9"},
        {"kind": "edited"},
        {"project": project.pk},
        {"since": day, "until": day},
        {"until": day},
        {"model": model.pk, "ratio": "16:9", "kind": "edited", "project": project.pk},
    ):
        assert ids(page_of(owner, Filters(**asked))) == [wanted.pk], asked  # type: ignore[arg-type]
        assert not page_of(stranger, Filters(**asked)).images, asked  # type: ignore[arg-type]
    assert not page_of(owner, Filters(since=day, until=day - timedelta(days=1))).images


def test_a_day_is_that_of_the_reader(owner: User) -> None:
    image = make_post(owner).images
    image.update(created_at=datetime(2026, 3, 5, 2, tzinfo=UTC))
    with timezone.override("America/Sao_Paulo"):
        assert page_of(owner, Filters(since=date(2026, 3, 4), until=date(2026, 3, 4))).images
        assert not page_of(owner, Filters(since=date(2026, 3, 5))).images


def test_an_address_says_the_filters_and_nothing_else(owner: User) -> None:
    model = uuid4()
    asked = {
        "q": '"red vases"', "kind": "edited", "since": "2026-03-05", "until": "2026-03-06",
        "model": str(model), "ratio": "16:9", "sort": "best",
    }  # fmt: skip
    filters = read(asked | {"nonsense": "1"})
    assert filters.parameters() == asked
    assert Filters().query == "?"
    nonsense = dict.fromkeys(("kind", "since", "until", "model", "ratio", "project", "sort"), "x")
    assert read(nonsense) == Filters() == read({"sort": "best"})
    assert not Filters(sort=Sort.OLDEST).narrows
    assert filters.narrows


def test_a_position_is_read_as_it_was_written() -> None:
    position = Position(timezone.now(), uuid4(), 0.1 + 0.2)
    assert positions.read(str(position)) == position
    for nonsense in ("", "1", "1-2", f"{'9' * 18}-{'0' * 32}", f"1-{'0' * 32}-e", f"1-{'g' * 32}"):
        assert positions.read(nonsense) is None, nonsense


def test_counts_are_exact_up_to_a_thousand(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    make_post(owner, "vases", images=5)
    monkeypatch.setattr(pages, "COUNTED", 5)
    assert count_of(owner) == count_of(owner, Filters(q="light")) == Count(5)
    make_post(owner, "vases")
    assert count_of(owner) == count_of(owner, Filters(q="light")) == Count(5, more=True)


# --- What they cost ---


def fill(user: User, images: int, chance: int) -> Studio:
    models = [make_image_model(f"demo-{number}") for number in range(3)]
    files = {ratio: [make_file(user)] for ratio in ASPECT_RATIOS}
    studio = Studio(user, files, models, [make_project(user)], timezone.now())
    for _made in write(studio, images, chance):
        pass
    return studio


@pytest.fixture
def large(owner: User, stranger: User) -> Studio:
    """A large gallery beside another one."""
    fill(stranger, MANY // 2, 2)
    studio = fill(owner, MANY, 1)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return studio


def test_every_filter_is_answered_by_an_index_at_any_depth(large: Studio) -> None:
    model, project, day = large.models[0], large.projects[0], timezone.localdate()
    assert model is not None
    since, until = day - timedelta(days=300), day - timedelta(days=60)
    for filters in (
        Filters(),
        Filters(sort=Sort.OLDEST),
        Filters(kind="edited"),
        Filters(model=model.pk),
        Filters(ratio="16:9"),
        Filters(project=project.pk),
        Filters(since=since, until=until),
        Filters(model=model.pk, ratio="16:9"),
        Filters(kind="edited", project=project.pk, since=since, sort=Sort.OLDEST),
    ):
        page = page_of(large.user, filters)
        deep = page.next
        for _ in range(3):
            deep = page_of(large.user, filters, Part(deep)).next or deep
        for part in (Part(), Part(deep), Part(before=deep)):
            with plans() as asked:
                page = page_of(large.user, filters, part)
            assert len(asked.ways) == 2
            assert "gallery_image_" in asked.ways[0], (filters, asked.ways[0])
            assert "Seq Scan" not in asked.ways[0], (filters, asked.ways[0])
            assert asked.blocks < (PAGE + 1) * ROW + 200, (filters, part, asked.ways[0])


def test_a_count_reads_no_more_than_it_tells(large: Studio) -> None:
    with plans() as asked:
        assert count_of(large.user) == Count(1_000, more=True)
    assert "gallery_image_" in asked.ways[0]
    assert asked.blocks < 1_500


def test_words_are_found_at_a_bounded_cost(large: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "WALK", 300)
    monkeypatch.setattr(search, "COMMON", 15)
    monkeypatch.setattr(search, "RANKED", 120)
    for text, found in (
        ("vases", PAGE), ("vas", PAGE), ("1000q", 1), ("nowhere", 0), ('"three vases" -fog', PAGE),
        ("-vases", PAGE), (LONG_AGO, PAGE),
    ):  # fmt: skip
        for sort in Sort.values:
            with plans() as asked:
                page = page_of(large.user, Filters(q=text, sort=sort))
            assert (len(page.images) == found) or (found == 1 and 1 <= len(page.images) <= 4), text
            assert len(asked.ways) <= 5
            assert asked.blocks < MANY / 2, (text, sort)


def test_a_rare_word_is_asked_of_the_index_of_words(large: Studio) -> None:
    with plans() as asked:
        page_of(large.user, Filters(q="1000q"))
    assert sum("gallery_image_search" in way for way in asked.ways) == 1
    assert "gallery_image_recent" in asked.ways[0]
