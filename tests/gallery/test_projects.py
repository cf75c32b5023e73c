"""Projects: briefs that are kept whole, found by their owners only, and back from the trash."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from activity import events
from gallery.models import Post, Project, Status
from gallery.projects import services
from gallery.projects.briefs import MAX_HASHTAGS, Brief, read_hashtags
from gallery.projects.pages import PAGE, cards, post_page
from gallery.projects.refusals import NoHashtag, NotFound, Refusal, TooManyProjects
from providers.models import AIModel
from tests.contracts.html import parse
from tests.gallery.rows import make_image_model, make_post, make_project

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
NO_MODEL = str(uuid.UUID(int=1))
FORM = {
    "name": "Spring collection",
    "audience": "People who bought before.",
    "tone": "warm",
    "language": "Português (Brasil)",
    "hashtags": "#stoneware, handthrown",
    "aspect_ratio": "4:5",
    "resolution": "2K",
}


# --- The form -----------------------------------------------------------------------------------


def test_a_brief_is_kept_as_it_was_written(browser: Client, model: AIModel) -> None:
    images = [make_image_model(slug) for slug in ("demo-shapes", "demo-dunes")]
    models = {"text_model": model.pk, "image_models": [one.pk for one in images]}

    response = browser.post("/projects/new/", FORM | models | {"id": uuid.uuid4()}, follow=True)

    project = Project.objects.get()
    assert response.redirect_chain == [(f"/projects/{project.pk}/", 302)]
    assert project.hashtags == ["stoneware", "handthrown"]
    assert (project.tone, project.aspect_ratio, project.resolution) == ("warm", "4:5", "2K")
    assert project.text_model == model
    assert {*project.image_models.all()} == {*images}
    page = parse(response.content.decode()).text
    for words in ("People who bought before.", "Warm", "#stoneware", "Português (Brasil)"):
        assert words in page


def test_a_form_that_is_sent_twice_makes_one_project(browser: Client) -> None:
    fields = FORM | {"id": str(uuid.uuid4())}

    places = {browser.post("/projects/new/", fields).headers["Location"] for _ in range(2)}

    assert places == {f"/projects/{Project.objects.get().pk}/"}


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "", "Give the project a name."),
        ("name", "   ", "Give the project a name."),
        ("name", "n" * 121, "at most 120 characters"),
        ("audience", "a" * 2_001, "at most 2000 characters"),
        ("hashtags", "#good #not-good", "“not-good” cannot be a hashtag"),
        ("hashtags", " ".join(f"tag{n}" for n in range(31)), "at most 30 hashtags"),
        ("hashtags", "x" * 101, "at most 100 characters"),
        ("tone", "loud", "Choose one of these."),
        ("aspect_ratio", "7:1", "Choose one of these."),
        ("resolution", "9K", "Choose one of these."),
        ("image_models", NO_MODEL, "This model is not available."),
        ("text_model", NO_MODEL, "This model is not available."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_lost(
    browser: Client, field: str, value: str, sentence: str
) -> None:
    response = browser.post("/projects/new/", FORM | {"name": "Kept name", field: value})

    assert response.status_code == 422
    assert not Project.objects.exists()
    page = parse(response.content.decode())
    assert sentence in " ".join(page.text.split())
    if field != "audience":
        assert "People who bought before." in page.text
    if field != "name":
        assert any(one.attributes.get("value") == "Kept name" for one in page.walk())


def test_editing_shows_what_is_there_and_keeps_the_rest(browser: Client, owner: User) -> None:
    gone = make_image_model("demo-dunes")
    project = make_project(owner, hashtags=["kiln"], tone="bold")
    project.image_models.add(gone)
    AIModel.objects.filter(pk=gone.pk).update(enabled=False)

    page = browser.get(f"/projects/{project.pk}/edit/").content.decode()
    assert 'value="#kiln"' in page
    fields = {"name": "Renamed", "tone": "bold", "hashtags": "#kiln", "image_models": [gone.pk]}
    assert browser.post(f"/projects/{project.pk}/edit/", fields).status_code == 302

    project.refresh_from_db()
    assert (project.name, project.hashtags) == ("Renamed", ["kiln"])
    assert [*project.image_models.all()] == [gone]  # nobody can use it now, yet it is not lost


def test_a_model_that_nobody_can_use_is_not_offered_to_others(browser: Client) -> None:
    off = make_image_model("demo-dunes", enabled=False)

    assert str(off.pk) not in browser.get("/projects/new/").content.decode()


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("", []),
        ("#one #two", ["one", "two"]),
        ("one,two;three\nfour", ["one", "two", "three", "four"]),
        ("#one#two", ["one", "two"]),
        ("#Kiln #kiln KILN", ["Kiln"]),
        ("#cerâmica #陶器 #made_by_hand", ["cerâmica", "陶器", "made_by_hand"]),
        ("# ## #", []),
    ],
)
def test_hashtags_are_read_as_people_write_them(text: str, tags: list[str]) -> None:
    assert read_hashtags(text) == tags


@pytest.mark.parametrize("text", ["a-b", "#1", "🙂", "<b>", "a\u200bb"])
def test_what_the_networks_would_not_link_is_no_hashtag(text: str) -> None:
    with pytest.raises(NoHashtag):
        read_hashtags(text)


# --- Services -----------------------------------------------------------------------------------


def test_a_strangers_id_makes_nothing(owner: User, stranger: User) -> None:
    project = make_project(stranger)

    for work in (
        lambda: services.create(user=owner, project_id=project.pk, brief=Brief("Mine")),
        lambda: services.change(user=owner, project_id=project.pk, brief=Brief("Mine")),
        lambda: services.delete(user=owner, project_id=project.pk),
        lambda: services.restore(user=owner, project_id=project.pk),
    ):
        with pytest.raises(NotFound):
            work()
    project.refresh_from_db()
    assert (project.name, project.deleted_at) == ("Spring collection", None)


def test_there_is_a_limit(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MAX_PROJECTS", 1)
    services.create(user=owner, project_id=uuid.uuid4(), brief=Brief("One"))

    with pytest.raises(TooManyProjects) as refused:
        services.create(user=owner, project_id=uuid.uuid4(), brief=Brief("Two"))
    assert refused.value.sentence() == "There can be at most 1 projects. Delete one first."


@pytest.mark.django_db(transaction=True)
def test_every_change_reaches_all_tabs_of_the_owner(owner: User) -> None:
    told: list[Any] = []
    project_id = uuid.uuid4()
    with patch.object(events, "publish", told.extend):
        services.create(user=owner, project_id=project_id, brief=Brief("One"))
        services.change(user=owner, project_id=project_id, brief=Brief("Two"))
        services.delete(user=owner, project_id=project_id)
        services.restore(user=owner, project_id=project_id)
        services.restore(user=owner, project_id=project_id)  # nothing changes: nobody is told

    assert told == [events.listing_renewed(owner.pk)] * 4


def test_every_refusal_has_a_sentence() -> None:
    values = {"limit": MAX_HASHTAGS, "word": "a-b"}
    for refusal in Refusal.__subclasses__():
        assert refusal(**values).sentence().endswith((".", "!")), refusal


# --- The trash ----------------------------------------------------------------------------------


def test_a_deleted_project_can_be_taken_back_with_its_posts(browser: Client, owner: User) -> None:
    project = make_project(owner)
    post = make_post(owner, project=project)

    page = browser.post(f"/projects/{project.pk}/delete/", follow=True)

    assert page.redirect_chain == [(f"/?deleted={project.pk}", 302)]
    assert "“Spring collection” was moved to the trash. Its posts stay." in page.content.decode()
    for path in ("", "edit/"):
        assert browser.get(f"/projects/{project.pk}/{path}").status_code == 404
    assert browser.post(f"/projects/{project.pk}/edit/", FORM).status_code == 404
    home = browser.get("/").content.decode()
    assert f"work-{post.pk}" in home
    assert "Spring collection" not in home

    undone = browser.post(f"/projects/{project.pk}/restore/", follow=True)
    assert undone.redirect_chain == [(f"/projects/{project.pk}/", 302)]
    assert f"work-{post.pk}" in undone.content.decode()


def test_nobody_is_offered_to_undo_what_is_not_theirs(
    browser: Client, owner: User, stranger: User
) -> None:
    theirs = make_project(stranger, "Secret", deleted_at=NOW)
    mine = make_project(owner, "Alive")

    for deleted in (theirs.pk, mine.pk, "x", uuid.uuid4()):
        assert "Its posts stay" not in browser.get(f"/?deleted={deleted}").content.decode()


@pytest.mark.parametrize("method", ["put", "patch", "delete", "trace"])
def test_other_methods_are_not_allowed(browser: Client, owner: User, method: str) -> None:
    project = make_project(owner)
    own = (f"{project.pk}/{path}" for path in ("", "edit/", "delete/", "restore/"))
    for path in ("/", "/settings/usage/", *(f"/projects/{path}" for path in ("", "new/", *own))):
        assert getattr(browser, method)(path).status_code == 405, path


# --- Pages --------------------------------------------------------------------------------------


def shown(html: str) -> list[str]:
    page = parse(html)
    ids = [one.attributes.get("id", "") for one in page.walk() if one.tag == "li"]
    return [one for one in ids if one.startswith(("work-", "project-"))]


def test_posts_are_paged_by_position(browser: Client, owner: User) -> None:
    project = make_project(owner)
    posts = [
        make_post(owner, project=project, images=0, updated_at=NOW - timedelta(hours=n // 2))
        for n in range(PAGE + 5)
    ]
    make_post(owner, images=0)
    make_post(owner, project=project, images=0, deleted_at=NOW)

    first = post_page(owner, project)
    second = post_page(owner, project, after=first.next_cursor)

    found = [work.post for work in (*first.works, *second.works)]
    assert len(first.works) == PAGE
    assert second.next_cursor == ""
    assert found == sorted(posts, key=lambda one: (one.updated_at, one.pk), reverse=True)
    base = f"/projects/{project.pk}/"
    further = browser.get(base, {"after": first.next_cursor}, headers={"HX-Request": "true"})
    assert shown(further.content.decode()) == [f"work-{one.post.pk}" for one in second.works]
    assert len(shown(browser.get(base, {"after": "nonsense"}).content.decode())) == PAGE


def test_projects_are_paged_by_position(browser: Client, owner: User) -> None:
    for number in range(PAGE + 1):
        make_project(owner, f"P{number}", updated_at=NOW - timedelta(hours=number))

    page = parse(browser.get("/projects/").content.decode())
    link = next(one for one in page.walk() if "after=" in one.attributes.get("href", ""))
    rest = browser.get(link.attributes["href"]).content.decode()

    assert len(shown(rest)) == 1
    assert f"P{PAGE}" in rest


def test_a_card_shows_its_newest_pictures(owner: User) -> None:
    project, empty = make_project(owner), make_project(owner, "Empty")
    posts = [
        make_post(owner, project=project, updated_at=NOW - timedelta(hours=n), images=n % 2)
        for n in range(6)
    ]

    first, second = cards([project, empty])

    assert [post for post, _ in first.covers] == [posts[1], posts[3], posts[5]]
    assert second.covers == []


def test_the_selected_image_stands_for_its_post(owner: User) -> None:
    project = make_project(owner)
    post = make_post(owner, project=project, images=3)
    post.images.update(is_selected=False)
    post.images.filter(position=2).update(is_selected=True)

    (work,) = post_page(owner, project).works
    assert work.cover is not None
    assert work.cover.position == 2
    post.images.filter(position=2).update(is_shown=False)  # of another version
    (work,) = post_page(owner, project).works
    assert work.cover is not None
    assert (work.cover.position, work.ready) == (0, 2)


def test_pages_ask_few_questions(browser: Client, owner: User) -> None:
    project = make_project(owner)

    def queries(path: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(path).status_code == 200
        return len(captured)

    paths = ("/", "/projects/", f"/projects/{project.pk}/")
    make_post(owner, project=project)
    few = {path: queries(path) for path in paths}
    for _ in range(6):
        other = make_project(owner)
        for _ in range(3):
            make_post(owner, project=project)
            make_post(owner, project=other)

    assert {path: queries(path) for path in paths} == few
    assert max(few.values()) <= 14


# --- Home ---------------------------------------------------------------------------------------


def test_home_begins_with_first_steps(browser: Client) -> None:
    page = " ".join(parse(browser.get("/").content.decode()).text.split())

    for words in ("First steps", "Create a post", "Start a chat", "Set up a project"):
        assert words in page
    assert "Recent work" not in page


@pytest.mark.parametrize(
    ("status", "fields", "words"),
    [
        (Status.GENERATED, {}, "No image was generated"),
        (Status.CAPTION_FAILED, {}, "No caption"),
        (Status.STOPPED, {}, "Stopped"),
        (Status.GENERATING_CAPTION, {"active": 1}, "Writing a caption…"),
        (Status.GENERATING_IMAGES, {"active": 1}, "Making images…"),
    ],
)
def test_a_post_without_a_picture_says_why(
    status: str, fields: dict[str, int], words: str, browser: Client, owner: User
) -> None:
    from activity.models import ConversationActivity

    post = make_post(owner, images=0, status=status)
    if fields:
        ConversationActivity.objects.create(
            post=post, user=owner, active_count=1, is_generating=True
        )

    home = parse(browser.get("/").content.decode())

    assert words in home.find(f"work-{post.pk}").text
    row = home.find(f"post-row-{post.pk}")
    assert ("Generating" in row.text) is bool(fields)


@pytest.mark.parametrize(
    ("hour", "hail"),
    [(4, "Good evening"), (5, "Good morning"), (12, "Good afternoon"), (18, "Good evening")],
)
def test_home_hails_by_the_readers_clock(
    hour: int, hail: str, browser: Client, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 11, 21, hour, tzinfo=UTC))

    assert f"{hail}<" in browser.get("/").content.decode()
    User.objects.update(name="Marek Kowal")
    browser.cookies["timezone"] = "Asia/Kolkata"
    there = {4: "morning", 5: "morning", 12: "afternoon", 18: "evening"}[hour]
    assert f"Good {there}, Marek<" in browser.get("/").content.decode()


def test_home_shows_only_what_is_mine(browser: Client, stranger: User) -> None:
    make_post(stranger, "Secret vase", caption="Secret", project=make_project(stranger, "Secret"))

    for path in ("/", "/projects/", "/posts/recent/"):
        assert "Secret" not in browser.get(path).content.decode()


def test_words_of_home_begin_a_post_or_a_chat(browser: Client, model: AIModel) -> None:
    for path in ("/chat/", "/posts/create/"):
        page = browser.get(path, {"prompt": "Three <vases>"}).content.decode()
        assert "Three &lt;vases&gt;</textarea>" in page


def test_the_sidebar_lists_the_newest_posts(browser: Client, owner: User) -> None:
    posts = [
        make_post(owner, f"Post {n}", images=0, updated_at=NOW - timedelta(hours=n))
        for n in range(7)
    ]
    make_post(owner, "Gone", images=0, deleted_at=NOW)
    Post.objects.filter(pk=posts[6].pk).update(updated_at=NOW + timedelta(hours=1))

    page = parse(browser.get("/posts/recent/").content.decode())
    rows = [one for one in page.walk() if one.tag == "li"]

    assert [row.text.split()[-1] for row in rows] == ["6", "0", "1", "2", "3"]
