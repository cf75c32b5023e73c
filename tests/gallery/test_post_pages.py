"""What the pages of posts show, without a browser."""

import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from activity.models import Generation
from gallery import editing, services
from gallery.alt import alt_of
from gallery.browse import pages as browsing
from gallery.live import LivePost
from gallery.models import Exchange, GeneratedImage, Post, Project
from gallery.pages import new_context, post_context
from providers.models import AIModel
from tests.contracts.html import Element, parse
from tests.contracts.test_no_script import CORPUS, faults_of
from tests.factories import make_model
from tests.gallery.posts import (
    PROMPT,
    create,
    make_claimed,
    make_finished,
    make_image_models,
    run_all,
)

pytestmark = pytest.mark.django_db(transaction=True)

PLACEHOLDER = "src='data:image/webp;base64,"  # made here, of the image alone
PANES = ("post-head", "post-panel", "post-foot", "post-results")


def page_of(browser: Client, post: Post) -> Element:
    return parse(browser.get(f"/posts/{post.pk}/").content.decode())


def words_of(element: Element) -> list[Any]:
    """All that it says and links to, without the keys that each page makes of its own."""
    keys = {"value", "class"}
    return [
        (one.tag, {k: v for k, v in one.attributes.items() if k not in keys}, one.text)
        for one in element.walk()
        if one.attributes.get("name") not in ("client_id", "csrfmiddlewaretoken")
    ]


def test_page_and_live_channel_show_the_same(owner: User, browser: Client) -> None:
    post = make_finished(owner)
    page = page_of(browser, post)
    changes = LivePost().changes_since(user=owner, id=post.pk, revision=0)
    assert changes is not None
    live = parse(changes.content)
    parts = {one.attributes["hx-target"]: one for one in live.walk() if one.tag == "hx-partial"}
    assert set(parts) == {f"#{name}" for name in PANES}
    for name in PANES:
        shown = words_of(page.find(name))
        brought = words_of(parts[f"#{name}"])[1:]
        assert (shown if name == "post-head" else shown[1:]) == brought, name


def test_a_page_that_is_up_to_date_gets_nothing(owner: User) -> None:
    post = make_finished(owner)
    changes = LivePost().changes_since(user=owner, id=post.pk, revision=post.revision)
    assert changes is not None
    assert changes.content == ""


def test_a_stranger_sees_none_of_it(owner: User, stranger: User) -> None:
    post = make_finished(owner)
    assert post_context(stranger, post.pk) is None
    assert LivePost().changes_since(user=stranger, id=post.pk, revision=0) is None
    assert not browsing.page_of(stranger).images


def test_a_long_history_costs_no_more_queries(
    owner: User, browser: Client, django_assert_max_num_queries: Any
) -> None:
    post = make_finished(owner)

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            browser.get(f"/posts/{post.pk}/")
        return len(captured)

    few = queries()
    for _ in range(3):
        services.regenerate(user=owner, post_id=post.pk, client_id=uuid.uuid4())
        run_all(post)
    assert queries() == few <= 20


@pytest.mark.parametrize(
    ("end", "freed"),
    [("", 'data-busy="false"'), ("changes/?revision=1", '"revision": 2, "busy": false')],
)
def test_a_page_frees_a_post_whose_worker_is_lost(
    owner: User, browser: Client, end: str, freed: str
) -> None:
    running = make_claimed(owner)
    Generation.objects.update(lease_until="2000-01-01T00:00:00Z", attempt=9)  # its last one

    answer = browser.get(f"/posts/{running.post_id}/{end}").content.decode()

    assert freed in answer


def test_images_have_no_place_before_there_is_a_caption(owner: User) -> None:
    post = make_claimed(owner).post
    assert post is not None
    context = post_context(owner, post.pk)
    assert context is not None
    assert context["is_first_run"]
    assert context["caption"].is_pending
    assert context["images"] == []
    finished = post_context(owner, run_all(post).pk)
    assert finished is not None


def test_a_new_brief_is_as_the_last_one_was(owner: User) -> None:
    models = make_image_models()
    by_name = sorted(models, key=lambda one: one.name)
    assert new_context(owner)["brief"].model_ids == [one.pk for one in by_name]
    run_all(create(owner, models=models[1:2], tone="bold", resolution="2K").generation.post)  # type: ignore[arg-type]
    brief = new_context(owner)["brief"]
    assert (brief.tone, brief.resolution, brief.aspect_ratio) == ("bold", "2K", "4:5")
    assert brief.model_ids == [models[1].pk]


def test_a_project_says_what_a_new_brief_is(owner: User, stranger: User) -> None:
    models = make_image_models()
    project = Project.objects.create(owner=owner, name="Kiln", tone="plain", aspect_ratio="3:4")
    project.image_models.add(models[2])
    context = new_context(owner, project_id=project.pk)
    brief = context["brief"]
    assert (brief.project_id, brief.tone, brief.aspect_ratio) == (project.pk, "plain", "3:4")
    assert brief.model_ids == [models[2].pk]
    assert context["ratios"][-1] == "3:4"
    assert new_context(stranger, project_id=project.pk)["brief"].project_id is None


def test_a_model_that_is_gone_is_not_offered_again(owner: User) -> None:
    models = make_image_models()
    create(owner, models=models[:1])
    models[0].enabled = False
    models[0].save()
    assert new_context(owner)["brief"].model_ids == [one.pk for one in models[1:]]


def test_the_estimate_is_the_sum_of_known_prices(owner: User) -> None:
    models = make_image_models("demo-shapes", "demo-dunes", image_price="0.04")
    assert str(new_context(owner)["estimate"]) == "0.080000"
    make_model("demo-watercolour", kind="image", position=9)
    assert new_context(owner)["estimate"] is None
    assert models


def test_the_gallery_is_paged_without_gaps(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        make_finished(owner)
    moment = GeneratedImage.objects.first()
    assert moment is not None
    GeneratedImage.objects.update(created_at=moment.created_at)  # ids decide among equals
    seen: list[uuid.UUID] = []
    after = None
    while True:
        page = browsing.page_of(owner, part=browsing.Part(after, limit=2))
        seen += [image.pk for image in page.images]
        if not (after := page.next):
            break
    assert len(seen) == len(set(seen)) == 9


def test_what_is_in_the_trash_is_not_in_the_gallery(owner: User) -> None:
    post = make_finished(owner)
    editing.delete_image(user=owner, post_id=post.pk, image_id=post.images.first().pk)  # type: ignore[union-attr]
    assert len(browsing.page_of(owner).images) == 2
    editing.delete(user=owner, post_id=post.pk)
    assert not browsing.page_of(owner).images


@pytest.mark.parametrize(
    ("caption", "alt"),
    [
        ("First light. And more.", "First light."),
        ("No end of it", "No end of it"),
        ("Two\nlines! Then", "Two lines!"),
        ("", PROMPT),
    ],
)
def test_images_are_told_by_the_first_sentence(caption: str, alt: str) -> None:
    assert alt_of(Post(caption=caption, prompt=PROMPT)) == alt


def test_a_refused_form_comes_back_as_it_was_sent(owner: User, browser: Client) -> None:
    models = make_image_models()
    post_id = uuid.uuid4()
    sent = {"id": post_id, "prompt": " ", "tone": "bold", "models": [models[1].pk]}
    response = browser.post("/posts/create/", sent, headers={"Accept": "text/html"})
    assert response.status_code == 422
    form = parse(response.content.decode()).find("brief")
    checked = [one for one in form.walk() if "checked" in one.attributes]
    assert {one.attributes["value"] for one in checked} >= {"bold", str(models[1].pk)}
    ids = [one for one in form.walk() if one.attributes.get("name") == "id"]
    assert uuid.UUID(ids[0].attributes["value"])
    assert any(one.attributes.get("role") == "alert" for one in form.walk())


def test_what_people_write_never_changes_the_markup(owner: User, browser: Client) -> None:
    """Prompts, instructions, captions, names: the same elements as for harmless words."""
    models = make_image_models("demo-shapes")
    project = Project.objects.create(owner=owner, name="Kiln")
    post = make_finished(owner, models=models, project_id=project.pk)
    services.refine(user=owner, post_id=post.pk, client_id=uuid.uuid4(), text="Warmer")
    run_all(post)
    Post.objects.update(hashtags=["clay"])

    def shapes(words: str) -> list[Any]:
        Project.objects.update(name=words[:120])
        Post.objects.update(prompt=words, caption=words)
        Exchange.objects.update(instruction=words, caption=words, text_model_name=words[:120])
        GeneratedImage.objects.update(model_name=words[:120])
        AIModel.objects.update(name=words[:120])
        pages = [f"/posts/{post.pk}/", "/posts/create/", "/gallery/", "/gallery/pick/"]
        found = [parse(browser.get(page).content.decode()) for page in pages]
        for page in found:
            faults = [one for one in faults_of(page) if not one.startswith(PLACEHOLDER)]
            assert faults == [], words
        return [page.shape for page in found]

    harmless = shapes("clay and water")
    for words in (one.replace("\x00", "") for one in CORPUS):
        assert shapes(words) == harmless, words
