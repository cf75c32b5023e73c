"""What finds an image, and what does not."""

import pytest

from accounts.models import User
from gallery.browse import pages, search, words
from gallery.browse.filters import Filters, Sort
from gallery.browse.pages import Part
from gallery.images import GeneratedImage
from gallery.models import Post
from tests.gallery.rows import make_post

NOISE = "Xyz"
pytestmark = pytest.mark.django_db


@pytest.fixture(params=["walking", "the index", "the newest of many"])
def way(request: pytest.FixtureRequest, owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """All ways must find the same."""
    if request.param == "the index":
        monkeypatch.setattr(search, "WALK", 1)
        make_post(owner, "Noise", images=2, caption=NOISE)
    if request.param == "the newest of many":
        monkeypatch.setattr(search, "COMMON", 1)


def make(owner: User, prompt: str = "", caption: str = "", **fields: object) -> Post:
    post = make_post(owner, prompt or "a picture", caption=caption, **fields)
    GeneratedImage.objects.filter(post=post).update(prompt=prompt)
    return post


def finds(owner: User, text: str, **fields: object) -> list[str]:
    found = pages.page_of(owner, Filters(q=text, **fields))  # type: ignore[arg-type]
    captions = [image.post.caption for image in found.images]
    return [caption for caption in captions if caption != NOISE]


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("vase", True),  # another form, of the prompt
        ("VASES", True),
        ("glazing", True),
        ("lamparina", True),  # Portuguese, of the caption
        ("ceramicas", True),
        ("ceramica", True),
        ("cerâmicas", True),
        ("argila", True),  # a hashtag
        ("lampari", True),  # the beginning of the last word
        ("lampari vases", False),  # which is not the last one
        ("la", False),  # too short to be a beginning
        ('"three red vases"', True),
        ('"red three vases"', False),
        ('"three the vases"', False),  # as it is written
        ('"lamparinas de ceramica"', True),
        ("red-vases", True),  # signs are spaces: beside each other
        ("vases -lighthouse", True),
        ("vases -lamparinas", False),  # not even in another form
        ("-lighthouse", True),
        ('vases -"red vases"', False),
        ('vases -"vases red"', True),
        ("vases lighthouse", False),
        ("the vases", True),  # which English passes over
        ("vases das lamparinas", True),
        ('"three red', True),  # not yet closed
        ("!!! ---", False),
        ("owner:", False),
    ],
)
def test_words_find(owner: User, text: str, found: bool) -> None:
    make(
        owner,
        "Three red vases, glazed",
        "Lamparinas de cerâmica",
        hashtags=["argila"],
    )

    assert bool(finds(owner, text)) is found


@pytest.mark.parametrize("text", ["' & |", ":*", "a:b:*", "\\", "(((", "%s %(a)s", "\x00a", "é'é"])
def test_no_text_breaks_it(owner: User, text: str) -> None:
    make(owner, "A text")
    finds(owner, text)
    pages.count_of(owner, Filters(q=text))


@pytest.mark.usefixtures("way")
def test_other_peoples_images_are_never_found(owner: User, stranger: User) -> None:
    make(stranger, "three vases", "theirs")
    make(owner, "a lighthouse", "mine")

    assert finds(owner, "vases") == []
    assert finds(owner, str(stranger.pk)) == []
    assert finds(owner, "-nothing") == ["mine"]
    assert pages.count_of(owner, Filters(q="vases")).number == 0


@pytest.mark.usefixtures("way")
def test_filters_and_orders_hold_for_what_is_found(owner: User) -> None:
    first = make(owner, "vases", "first")
    make(owner, "vases", "second")
    first.images.update(aspect_ratio="16:9")

    assert finds(owner, "vases") == ["second", "first"]
    assert finds(owner, "vases", sort=Sort.OLDEST) == ["first", "second"]
    assert finds(owner, "vases", ratio="16:9") == ["first"]
    assert finds(owner, "vases", ratio="1:1") == []


@pytest.mark.usefixtures("way")
def test_the_best_match_comes_first_and_pages_go_on_from_it(owner: User) -> None:
    for number in range(7):
        make(owner, "vases " * (number + 1), f"{number}")
    filters = Filters(q="vases", sort=Sort.BEST)
    seen, after = [], None
    while True:
        page = pages.page_of(owner, filters, Part(after, limit=3))
        seen += [image.post.caption for image in page.images]
        if (after := page.next) is None:
            break

    assert seen == [str(number) for number in reversed(range(7))]
    back = pages.page_of(owner, filters, Part(before=page.previous, limit=3))
    assert [image.post.caption for image in back.images] == ["3", "2", "1"]


@pytest.mark.usefixtures("way")
def test_the_trash_is_not_searched(owner: User) -> None:
    make(owner, "vases").images.update(deleted_at="2026-01-01T00:00Z")

    assert finds(owner, "vases") == []


def test_a_search_that_takes_too_long_is_given_up(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(owner, "vases")
    monkeypatch.setattr(search, "SECONDS", 0.001)
    monkeypatch.setattr(search, "_use_indexes", lambda cursor: cursor.execute("SELECT pg_sleep(1)"))

    assert pages.page_of(owner, Filters(q="vases")).is_slow


def test_only_the_last_word_may_go_on() -> None:
    assert [term.open for term in words.parse("blue vas")] == [False, True]
    for closed in ("blue vas ", "blue -vas", 'blue "vas', "blue va", "blue vas-es", 'blue "vas"'):
        assert not any(term.open for term in words.parse(closed)), closed
