"""The lightbox without a browser: who may see it, what it shows, and what lies beside a post."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from gallery import editing
from gallery.browse import pages
from gallery.browse.filters import Filters, Sort
from gallery.browse.pages import Part, ids_of, page_of
from gallery.browse.search import TooSlow
from gallery.images import GeneratedImage, ImageKind, ImageStatus
from gallery.lightbox.pages import View, Wanted, view_beside, view_of
from gallery.models import ExchangeFile, Post, Status
from tests.contracts.html import Element, parse
from tests.gallery.rows import (
    make_exchange,
    make_file,
    make_image,
    make_image_model,
    make_post,
    make_project,
)

pytestmark = pytest.mark.django_db(transaction=True)


def url_of(post: Post) -> str:
    return f"/gallery/view/{post.pk}/"


def read(browser: Client, url: str, **query: Any) -> Element:
    response = browser.get(url, query)
    assert response.status_code == 200
    return parse(response.content.decode())


def root(page: Element) -> dict[str, Any]:
    """What the view says of itself."""
    return next(one.attributes for one in page.walk() if "data-view" in one.attributes)


def first_view(user: User, filters: Filters) -> View:
    """Of the first card."""
    image = page_of(user, filters, Part(limit=1)).images[0]
    place = ids_of(user, filters, Part(limit=1))[0]
    view = view_of(user, image.post_id, filters, Wanted(place=place))
    assert view is not None
    return view


def walk(user: User, filters: Filters, start: View, *, backwards: bool = False) -> list[View]:
    """All posts from one on, itself included."""
    seen = [start]
    while True:
        place = seen[-1].place
        assert place is not None
        view = view_beside(user, filters, place, backwards=backwards)
        has_more = seen[-1].has_previous if backwards else seen[-1].has_next
        assert has_more == (view is not None)
        if view is None:
            return seen
        seen.append(view)
        assert len(seen) < 200


def runs(user: User, filters: Filters) -> list[Any]:
    """The posts of the gallery's cards in their order, cards of one post beside each other once."""
    found: list[Any] = []
    for image in page_of(user, filters, Part(limit=240)).images:
        if not found or found[-1] != image.post_id:
            found.append(image.post_id)
    return found


# --- Who may see it ---


def test_a_stranger_gets_nothing(owner: User, stranger: User, browser: Client) -> None:
    post = make_post(owner, caption="Secret glaze")
    position = root(read(browser, url_of(post)))["data-key"]
    other = Client()
    assert other.get(url_of(post)).status_code == 302
    other.force_login(stranger)
    image = post.images.get()
    for query in ({}, {"image": image.pk}, {"img": 1, "from": position}):
        assert other.get(url_of(post), query).status_code == 404
    mine = make_post(stranger, caption="Mine")
    assert other.get(url_of(post), {"image": mine.images.get().pk}).status_code == 404
    # From another one's position one sees one's own images alone.
    for side in ("next", "previous"):
        beside = other.get("/gallery/view/", {"from": position, "to": side})
        assert b"Secret" not in beside.content
        assert str(post.pk).encode() not in beside.content
    shown = other.get(url_of(mine), {"image": image.pk, "from": position})
    assert str(image.pk).encode() not in shown.content
    assert b"Secret" not in shown.content


def test_what_is_unknown_deleted_or_without_an_image_is_not_found(
    owner: User, browser: Client
) -> None:
    gone, empty = make_post(owner), make_post(owner, images=0)
    editing.delete(user=owner, post_id=gone.pk)
    make_image(empty.exchanges.get(), status=ImageStatus.WAITING)
    for post_id in (gone.pk, empty.pk, uuid4()):
        assert browser.get(f"/gallery/view/{post_id}/").status_code == 404
    assert browser.get("/gallery/view/not-an-id/").status_code == 404


def test_an_answer_is_kept_nowhere(owner: User, browser: Client) -> None:
    post = make_post(owner)
    for url in (url_of(post), "/gallery/view/"):
        assert "no-store" in browser.get(url).headers["Cache-Control"]


# --- What it shows ---


def test_it_shows_the_image_and_what_is_known_of_it(owner: User, browser: Client) -> None:
    post = make_post(
        owner, "A secret prompt", images=0, caption="First light.\n\nTwo lines.", hashtags=["clay"]
    )
    image = make_image(
        post.exchanges.get(), model=make_image_model(), seconds=6.42, cost="0.04", is_selected=True
    )
    page = read(browser, url_of(post))
    html = browser.get(url_of(post)).content.decode()
    for words in ("First light.\n\nTwo lines.", "#clay", "800 × 1000", "6.4 s", "$0.04"):
        assert words in html, words
    assert "secret prompt" not in html
    assert image.model is not None
    assert image.model.name in html
    assert f'href="/posts/{post.pk}/#refine-box"' in html
    assert f"/posts/{post.pk}/images/{image.pk}/download/" in html
    assert page.find("lightbox-delete").attributes["aria-label"] == "Delete post"


def test_caption_and_what_it_was_made_of_are_those_of_the_posts_page(
    owner: User, browser: Client
) -> None:
    parent = make_post(owner, caption="The one before.")
    post = make_post(owner, caption="<b>First</b>\nlight.", hashtags=["a", "b"], parent=parent)
    box = read(browser, url_of(post))
    page = parse(browser.get(f"/posts/{post.pk}/").content.decode())

    def words(root: Element, name: str) -> list[Any]:
        pieces = {"caption-text", "hashtags"}
        return [
            (one.tag, one.attributes, one.text)
            for one in root.find(name).walk()
            if one.attributes.get("class") in pieces or name == "lineage"
        ]

    assert words(box, "lightbox-caption") == words(page, "caption") != []
    assert words(box, "lineage") == words(page, "lineage") != []
    editing.delete(user=owner, post_id=parent.pk)
    assert b"The one before" not in browser.get(url_of(post)).content
    assert b"The one before" not in browser.get(f"/posts/{post.pk}/").content


def test_references_are_told_as_what_it_was_derived_from(owner: User, browser: Client) -> None:
    post = make_post(owner)
    ExchangeFile.objects.create(exchange=post.exchanges.get(), file=make_file(owner), position=0)
    lineage = read(browser, url_of(post)).find("lineage")
    assert "vases.png" in [one.text.strip() for one in lineage.walk()]


def test_an_image_of_an_ancestor_is_told_once(owner: User, browser: Client) -> None:
    parent = make_post(owner, caption="The one before.")
    post = make_post(owner, parent=parent)
    file = parent.images.get().file
    assert file
    ExchangeFile.objects.create(exchange=post.exchanges.get(), file=file, position=0)
    lineage = read(browser, url_of(post)).find("lineage")
    assert len([one for one in lineage.walk() if one.tag == "li"]) == 1


def test_all_outputs_of_any_version_are_there_and_those_to_come(
    owner: User, browser: Client
) -> None:
    post = make_post(owner, images=2)
    first, second = post.images.order_by("position")
    GeneratedImage.objects.filter(pk=first.pk).update(is_shown=False)
    later = make_exchange(post)
    third = make_image(later, position=0)
    waiting = make_image(later, position=1, status=ImageStatus.DRAWING)
    make_image(later, position=2, status=ImageStatus.FAILED)
    make_image(later, position=3, deleted_at=timezone.now())

    view = view_of(owner, post.pk)

    assert view is not None
    assert [one.pk for one in view.images] == [first.pk, second.pk, third.pk]
    assert [one.pk for one in view.waiting] == [waiting.pk]
    assert not view.is_only_image
    page = read(browser, url_of(post), img=3)
    assert page.find(f"output-{waiting.pk}").attributes["aria-busy"] == "true"
    current = [
        one.attributes["data-output"] for one in page.walk() if "aria-current" in one.attributes
    ]
    assert current == [str(third.pk)]


def test_an_image_is_asked_for_by_id_by_number_or_by_where_it_stands(owner: User) -> None:
    post = make_post(owner, images=3)
    one, two, three = post.images.order_by("position")
    place = next(place for place in ids_of(owner, Filters(), Part()) if place.id == two.pk)

    def shown(**wanted: Any) -> Any:
        view = view_of(owner, post.pk, Filters(), Wanted(**wanted))
        assert view is not None
        assert view.images[view.number - 1] == view.image
        return view.image.pk

    assert shown() == one.pk  # the selected one
    assert shown(image_id=three.pk, number=1, place=place) == three.pk
    assert shown(number=2) == two.pk
    assert shown(place=place) == two.pk
    assert shown(image_id=uuid4(), number=3) == three.pk  # it went
    for number, expected in ((0, one), (99, three)):
        assert shown(number=number) == expected.pk


@pytest.mark.parametrize("img", ["-1", "x", "9" * 40, "٣", ""])
def test_a_number_that_is_none_is_none(owner: User, browser: Client, img: str) -> None:
    post = make_post(owner)
    query = {"img": img, "image": "x", "from": "x"}
    assert browser.get(url_of(post), query).status_code == 200


# --- What lies beside it ---


@pytest.fixture
def mixed(owner: User) -> User:
    """Posts of one to three images, some of them made at one moment, some apart from the others
    of their post."""
    model, project = make_image_model("demo-dunes"), make_project(owner)
    moment = timezone.now() - timedelta(days=3)
    for number in range(14):
        post = make_post(
            owner,
            images=number % 3 + 1,
            caption=f"Vases {'vases ' * (number % 4)}and clay.",
            project=project if number % 2 else None,
            created_at=moment,
        )
        at = moment + timedelta(hours=number // 2)
        post.images.update(created_at=at)
        if number % 5 == 0:
            post.images.update(model=model, kind=ImageKind.EDITED, aspect_ratio="16:9")
        if number % 3 == 2:  # a version made later than the others' images
            post.images.filter(position=1).update(created_at=at + timedelta(hours=5))
    return owner


def asked(owner: User) -> list[Filters]:
    image = GeneratedImage.objects.filter(kind=ImageKind.EDITED).first()
    assert image is not None
    project = owner.projects.get()
    narrow: list[dict[str, Any]] = [
        {}, {"kind": "edited"}, {"model": image.model_id}, {"ratio": "16:9"},
        {"project": project.pk}, {"q": "vases"}, {"q": "clay -nothing"}, {"q": '"and clay"'},
        {"project": project.pk, "q": "vas"},
        {"since": timezone.localdate() - timedelta(days=4)},
    ]  # fmt: skip
    return [Filters(sort=sort, **values) for values in narrow for sort in Sort]


def test_one_walks_the_gallery_in_its_order_both_ways_whatever_is_asked(mixed: User) -> None:
    for filters in asked(mixed):
        if filters.sort == Sort.BEST and not filters.q:
            continue
        expected = runs(mixed, filters)
        assert len(expected) > 2, filters
        seen = walk(mixed, filters, first_view(mixed, filters))
        assert [view.post.pk for view in seen] == expected, filters
        back = walk(mixed, filters, seen[-1], backwards=True)
        assert [view.post.pk for view in back] == expected[::-1], filters


def test_one_comes_to_the_same_image_from_both_sides(owner: User) -> None:
    start = timezone.now()
    posts = [make_post(owner, images=3) for _ in range(3)]
    for number, post in enumerate(posts):
        post.images.update(created_at=start - timedelta(minutes=number))
    middle = posts[1].images.order_by("position")
    posts[1].images.update(is_selected=False)
    posts[1].images.filter(pk=middle[1].pk).update(is_selected=True)
    first, last = (view_of(owner, posts[number].pk) for number in (0, 2))
    assert first is not None
    assert last is not None

    def shown(filters: Filters) -> list[Any]:
        assert first is not None
        assert last is not None
        assert first.place is not None
        assert last.place is not None
        sides = (
            view_beside(owner, filters, first.place),
            view_beside(owner, filters, last.place, backwards=True),
        )
        return [side and side.image.pk for side in sides]

    assert shown(Filters()) == [middle[1].pk] * 2
    GeneratedImage.objects.exclude(pk=middle[1].pk).update(aspect_ratio="1:1")
    assert shown(Filters(ratio="1:1")) == [middle[0].pk] * 2  # of those that are asked for


def test_it_goes_on_where_the_gallery_ends_a_page(owner: User) -> None:
    """Nothing of it knows of pages: the sixtieth image and the sixty-first are neighbours."""
    start = timezone.now() - timedelta(days=1)
    for number in range(70):
        post = make_post(owner)
        post.images.update(created_at=start + timedelta(minutes=number))
    page = page_of(owner)
    assert page.next is not None
    view = view_beside(owner, Filters(), page.next)
    assert view is not None
    beyond = page_of(owner, part=Part(page.next)).images[0]
    assert (view.post.pk, view.image.pk) == (beyond.post_id, beyond.pk)
    assert view.place is not None
    back = view_beside(owner, Filters(), view.place, backwards=True)
    assert back is not None
    assert back.image.pk == page.images[-1].pk


def test_from_an_address_alone_one_goes_on_too(mixed: User) -> None:
    """A shared address says which post and image, and not where in the gallery that is."""
    for filters in (
        Filters(), Filters(sort=Sort.OLDEST), Filters(q="vases", sort=Sort.BEST),
        Filters(q="vases"),
    ):  # fmt: skip
        order = runs(mixed, filters)
        for post_id in order:
            view = view_of(mixed, post_id, filters, Wanted(number=1))
            assert view is not None
            assert view.place is not None
            image = view.image.pk
            cards = page_of(mixed, filters, Part(limit=240)).images
            at = next(n for n, card in enumerate(cards) if card.pk == image)
            after = next((card for card in cards[at:] if card.post_id != post_id), None)
            assert view.has_next == (after is not None)
            if after:
                found = view_beside(mixed, filters, view.place)
                assert found is not None
                assert found.post.pk == after.post_id


def test_what_is_left_out_by_the_filters_is_shown_and_has_neighbours_by_date(owner: User) -> None:
    others = [make_post(owner, caption="clay") for _ in range(2)]
    post = make_post(owner, caption="Something else")
    view = view_of(owner, post.pk, Filters(q="clay"))
    assert view is not None
    assert view.has_next
    assert not view.has_previous
    ranked = view_of(owner, post.pk, Filters(q="clay", sort=Sort.BEST))
    assert ranked is not None
    assert (ranked.place, ranked.has_next, ranked.has_previous) == (None, False, False)
    assert others


def test_a_position_holds_when_what_stood_there_is_deleted(owner: User, browser: Client) -> None:
    start = timezone.now()
    posts = [make_post(owner, images=2) for _ in range(3)]
    for number, post in enumerate(posts):
        post.images.update(created_at=start - timedelta(minutes=number))
    middle = posts[1]
    key = root(read(browser, url_of(middle), img=1))["data-key"]
    editing.delete(user=owner, post_id=middle.pk)
    assert browser.get(url_of(middle)).status_code == 404
    for side, expected in (("next", posts[2]), ("previous", posts[0])):
        page = read(browser, "/gallery/view/", **{"from": key, "to": side})
        assert root(page)["data-post"] == str(expected.pk)
    editing.delete(user=owner, post_id=posts[2].pk)
    assert browser.get("/gallery/view/", {"from": key, "to": "next"}).status_code == 204


def test_nothing_is_beside_nowhere(browser: Client) -> None:
    for place in ("", "x", "1-2", f"1-{'0' * 32}"):
        for side in ("next", "previous", ""):
            assert browser.get("/gallery/view/", {"from": place, "to": side}).status_code == 204


def test_a_search_that_takes_too_long_says_so(
    owner: User, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_post(owner)
    post = make_post(owner)
    key = root(read(browser, url_of(post)))["data-key"]

    def give_up(*_: Any, **__: Any) -> None:
        raise TooSlow

    monkeypatch.setattr(pages, "_asked", give_up)
    query = {"q": "light", "from": key}
    assert browser.get("/gallery/view/", query | {"to": "next"}).status_code == 503
    shown = root(read(browser, url_of(post), **query))
    assert {"data-next", "data-previous"} <= set(shown)  # whoever goes on asks again
    assert root(read(browser, url_of(post), q="light", sort="best"))["data-key"] == ""


# --- What it costs ---


def test_queries_do_not_grow_with_outputs_or_with_the_gallery(owner: User, browser: Client) -> None:
    parent = make_post(owner)
    post = make_post(owner, images=2, parent=parent)

    def count(url: str, **query: Any) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(url, query).status_code == 200
        return len(captured)

    few = count(url_of(post))
    for _ in range(12):
        make_image(make_exchange(post))
        make_post(owner, images=2)
    many = count(url_of(post))
    assert many == few <= 15
    key = root(read(browser, url_of(post)))["data-key"]
    assert count("/gallery/view/", **{"from": key, "to": "previous"}) <= few + 4


def test_a_finished_post_of_one_image_goes_as_a_whole(owner: User) -> None:
    post = make_post(owner)
    view = view_of(owner, post.pk)
    assert view is not None
    assert view.is_only_image
    Post.objects.filter(pk=post.pk).update(status=Status.GENERATING_IMAGES)
    working = view_of(owner, post.pk)
    assert working is not None
    assert not working.is_only_image
