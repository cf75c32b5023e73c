"""Making a post in a real browser, with the demo's models and real workers."""

import re
from collections.abc import Iterator
from time import sleep

import pytest
from playwright.sync_api import Page, Route, expect

from accounts.models import User
from activity.models import Generation, GenerationLock
from gallery.models import GeneratedImage, ImageStatus, Post, Status
from providers.models import AIModel
from tests.e2e.posts import (
    NAMES,
    POST,
    PROMPT,
    SLOW_TO_QUICK,
    WATCH_SHIFTS,
    button,
    caption,
    fill,
    finish,
    make,
    make_image_models,
    prompt,
    shot,
    shots,
    shown,
    start,
)
from tests.faults.painter import Painter, painting
from tests.studio import wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.stack, pytest.mark.usefixtures("media")]


@pytest.fixture
def models(owner: User) -> list[AIModel]:
    return make_image_models(*SLOW_TO_QUICK)


@pytest.fixture
def painter(owner: User) -> Iterator[Painter]:
    with painting(owner) as painter:
        yield painter


def at_rest() -> bool:
    return not GenerationLock.objects.exists() and not Generation.objects.in_flight().exists()


def test_a_prompt_becomes_a_caption_and_images_in_any_order(
    page: Page, live: str, models: list[AIModel]
) -> None:
    page.add_init_script(WATCH_SHIFTS)
    page.emulate_media(reduced_motion="no-preference")  # as most people see it
    fill(page, live)
    for name in NAMES:
        expect(page.get_by_role("checkbox", name=name)).to_be_checked()
    page.evaluate("window.here = true")
    button(page, "Create").click()
    page.wait_for_url(POST)
    expect(page.get_by_text("Writing a caption…").first).to_be_visible()
    expect(caption(page).locator("[data-stream] > *").first).to_be_visible()
    expect(page.get_by_text("0 of 3 images")).to_be_visible(timeout=10_000)
    expect(caption(page)).to_contain_text("#spring")
    assert [one.locator(".meta").inner_text() for one in shots(page).all()] == list(NAMES)
    first = shot(page, NAMES[0])
    frame = first.locator(".shot-frame").bounding_box()
    first.locator(".shot-frame").hover()
    expect(first.get_by_role("tooltip")).to_have_text("Don't worry, this takes a few seconds")
    expect(first.get_by_role("tooltip")).to_be_visible()

    order: list[str] = []
    links = shots(page).get_by_role("link")
    while len(order) < 3:
        wait_until(lambda: links.count() > len(order), what="one more is there")
        for name in NAMES:
            if name not in order and shot(page, name).get_by_role("link").count():
                order.append(name)
    finish(page)
    assert order[-1] == NAMES[0], "asked first, it came last"
    assert first.locator(".shot-frame").bounding_box() == frame
    expect(page.get_by_role("status").filter(has_text="3 images")).to_be_visible()
    assert page.evaluate("window.here")
    assert "\n".join(map(str, page.evaluate("window.shifts"))) == ""

    post = Post.objects.get()
    assert post.status == Status.GENERATED
    assert page.url.endswith(f"/posts/{post.pk}/")
    wait_until(at_rest)
    expect(page.locator(".is-new")).to_have_count(0)
    seen = shown(page)
    page.reload()
    assert shown(page) == seen


def test_a_model_that_fails_says_why_and_is_tried_again(
    page: Page, live: str, models: list[AIModel]
) -> None:
    AIModel.objects.filter(pk=models[1].pk).update(slug="demo-nobody")
    make(page, live)
    failed = shot(page, NAMES[1])
    expect(failed.get_by_role("alert")).to_contain_text(".")
    expect(shots(page).get_by_role("img")).to_have_count(2)
    expect(page.get_by_role("status").filter(has_text="2 images")).to_be_visible()
    seen = shown(page)
    page.reload()
    assert shown(page) == seen

    AIModel.objects.filter(pk=models[1].pk).update(slug="demo-dunes")
    before = set(GeneratedImage.objects.values_list("pk", "file"))
    button(page, f"Try {NAMES[1]} again").click()
    expect(failed.get_by_role("link").first).to_be_visible(timeout=20_000)
    finish(page)
    after = set(GeneratedImage.objects.values_list("pk", "file"))
    assert len(before & after) == 2, "what was there was not made again"


def test_when_all_images_fail_the_caption_is_kept(
    page: Page, live: str, models: list[AIModel]
) -> None:
    AIModel.objects.filter(pk__in=[one.pk for one in models]).update(enabled=True)
    for number, model in enumerate(models):
        AIModel.objects.filter(pk=model.pk).update(slug=f"demo-nobody-{number}")
    make(page, live)
    expect(page.get_by_text("No image was generated")).to_be_visible()
    expect(caption(page)).to_contain_text("Spring vases.")
    expect(shots(page).get_by_role("alert")).to_have_count(3)
    assert at_rest()

    for model, slug in zip(models, SLOW_TO_QUICK, strict=True):
        AIModel.objects.filter(pk=model.pk).update(slug=slug)
    button(page, "Try again").first.click()
    expect(shots(page).get_by_role("img")).to_have_count(3, timeout=20_000)
    expect(page.get_by_text("No image was generated")).to_have_count(0)


def test_without_a_caption_nothing_more_is_tried(
    page: Page, live: str, model: AIModel, models: list[AIModel]
) -> None:
    AIModel.objects.filter(pk=model.pk).update(slug="demo-nobody")
    start(page, live)
    expect(page.get_by_text("The caption could not be written.")).to_be_visible(timeout=10_000)
    expect(shots(page)).to_have_count(0)
    assert Post.objects.get().status == Status.CAPTION_FAILED
    assert at_rest()

    AIModel.objects.filter(pk=model.pk).update(slug="demo-writer")
    caption(page).get_by_role("button", name="Try again").click()
    finish(page)
    expect(caption(page)).to_contain_text("Spring vases.")
    expect(shots(page).get_by_role("img")).to_have_count(3, timeout=20_000)


def test_stop_keeps_what_is_there(page: Page, live: str, painter: Painter) -> None:
    painter.hold = {"two", "three"}
    start(page, live)
    expect(shot(page, "One").get_by_role("img")).to_be_visible(timeout=20_000)
    button(page, "Stop creating").click()
    finish(page)
    expect(page.get_by_role("status").filter(has_text="Stopped")).to_be_visible()
    expect(shot(page, "One").get_by_role("img")).to_be_visible()
    for name in ("Two", "Three"):
        expect(shot(page, name)).to_contain_text("Stopped")
    assert at_rest()
    assert Post.objects.get().status == Status.STOPPED
    seen = shown(page)
    page.reload()
    assert shown(page) == seen

    painter.release()
    button(page, "Try Two again").click()
    expect(shot(page, "Two").get_by_role("img")).to_be_visible(timeout=20_000)
    assert painter.asked["one"] == 1, "what was there is not paid for again"


def test_stop_while_the_caption_is_written(page: Page, live: str, painter: Painter) -> None:
    painter.hold = {"words"}
    start(page, live)
    expect(caption(page).locator("[data-stream]")).to_contain_text("First light")
    button(page, "Stop creating").click()
    expect(button(page, "Refine")).to_be_visible()
    expect(caption(page)).to_contain_text("First light")
    assert at_rest()
    assert not GeneratedImage.objects.filter(status=ImageStatus.READY).exists()
    seen = shown(page)
    page.reload()
    assert shown(page) == seen


@pytest.mark.parametrize("moment", ["caption", "images"])
def test_a_reload_and_a_second_tab_show_the_present_state(
    page: Page, live: str, painter: Painter, moment: str
) -> None:
    painter.hold = {"words"} if moment == "caption" else {"two", "three"}
    start(page, live)
    second = page.context.new_page()

    def is_midway(tab: Page) -> None:
        if moment == "caption":
            expect(caption(tab).locator("[data-stream]")).to_contain_text("First light")
            expect(shots(tab)).to_have_count(0)
        else:
            expect(tab.get_by_role("status").filter(has_text="1 of 3 images")).to_be_visible()
            expect(shot(tab, "One").get_by_role("img")).to_be_visible()
            expect(tab.locator(".is-new")).to_have_count(0, timeout=10_000)

    is_midway(page)
    second.goto(page.url)
    is_midway(second)
    assert shown(second) == shown(page)
    page.reload()
    is_midway(page)
    assert shown(second) == shown(page)

    painter.release()
    for tab in (page, second):
        finish(tab)
        expect(shots(tab).get_by_role("img")).to_have_count(3)
        expect(caption(tab)).to_contain_text("Come & see.")
    assert shown(second) == shown(page)


def test_who_leaves_and_returns_sees_the_present_state(
    page: Page, live: str, painter: Painter
) -> None:
    painter.hold = {"two", "three"}
    start(page, live)
    url = page.url
    expect(shot(page, "One").get_by_role("img")).to_be_visible(timeout=20_000)
    page.get_by_role("link", name="Chat", exact=True).click()
    expect(page.get_by_role("textbox", name="Message")).to_be_visible()
    page.go_back()
    page.wait_for_url(url)
    expect(page.get_by_role("status").filter(has_text="1 of 3 images")).to_be_visible()
    page.get_by_role("link", name="Chat", exact=True).click()
    painter.release()
    wait_until(at_rest)
    page.go_back()
    page.wait_for_url(url)
    expect(shots(page).get_by_role("img")).to_have_count(3, timeout=20_000)
    page.go_back()
    expect(prompt(page)).to_be_visible()
    expect(prompt(page)).to_have_value("")


def test_without_a_websocket_the_page_asks(page: Page, live: str, models: list[AIModel]) -> None:
    page.route_web_socket("**/ws/", lambda socket: socket.close())
    start(page, live)
    finish(page)
    expect(shots(page).get_by_role("img")).to_have_count(3, timeout=20_000)


def test_on_a_slow_line_nothing_moves(page: Page, live: str, models: list[AIModel]) -> None:
    """More than half a second after a click a change of layout counts as unexpected."""
    page.add_init_script(WATCH_SHIFTS)
    fill(page, live)

    def wait(route: Route) -> None:
        sleep(0.7)
        route.continue_()

    page.route("**/posts/create/", wait, times=1)
    button(page, "Create").click()
    page.wait_for_url(POST)
    finish(page)
    assert "\n".join(map(str, page.evaluate("window.shifts"))) == ""


def test_many_clicks_make_one_post(page: Page, live: str, models: list[AIModel]) -> None:
    fill(page, live)
    button(page, "Create").evaluate("b => { for (let i = 0; i < 20; i += 1) b.click(); }")
    page.wait_for_url(POST)
    finish(page)
    assert Post.objects.count() == Generation.objects.count() == 1


def test_a_create_whose_answer_is_lost_is_sent_again(
    page: Page, live: str, models: list[AIModel]
) -> None:
    fill(page, live)

    def lose(route: object) -> None:
        route.fetch()  # type: ignore[attr-defined]  # it arrived
        route.abort()  # type: ignore[attr-defined]

    page.route("**/posts/create/", lose, times=1)
    button(page, "Create").click()
    expect(page.get_by_text("The post was not created.")).to_be_visible()
    expect(prompt(page)).to_have_value(PROMPT)
    button(page, "Create").click()
    page.wait_for_url(POST)
    finish(page)
    assert Post.objects.count() == 1
    assert Generation.objects.count() == 1


def test_what_is_missing_is_said_in_its_place(page: Page, live: str, models: list[AIModel]) -> None:
    page.goto(f"{live}/posts/create/")
    button(page, "Create").click()
    expect(page.get_by_text("Say what the post is about.")).to_be_visible()
    expect(prompt(page)).to_be_focused()
    prompt(page).fill(PROMPT)
    expect(page.get_by_text("Say what the post is about.")).to_be_hidden()
    for name in NAMES:
        page.get_by_role("checkbox", name=name).uncheck(force=True)
    button(page, "Create").click()
    expect(page.get_by_text("Choose at least one image model.")).to_be_visible()
    expect(page.get_by_role("checkbox", name=NAMES[0])).to_be_focused()
    page.reload()
    expect(prompt(page)).to_have_value(PROMPT)
    assert not Post.objects.exists()


def test_a_post_is_made_by_keyboard_alone(page: Page, live: str, models: list[AIModel]) -> None:
    page.goto(f"{live}/posts/create/")
    expect(prompt(page)).to_be_focused()
    page.keyboard.type(PROMPT)
    page.keyboard.press("Tab")  # to the tone
    page.keyboard.press("ArrowRight")
    for _ in range(3):  # the ratio, the resolution, the first model
        page.keyboard.press("Tab")
    expect(page.get_by_role("checkbox", name=NAMES[0])).to_be_focused()
    page.keyboard.press("Space")
    expect(page.get_by_role("checkbox", name=NAMES[0])).not_to_be_checked()
    prompt(page).focus()
    page.keyboard.press("Control+Enter")
    page.wait_for_url(POST)
    finish(page)
    expect(shots(page)).to_have_count(2)
    post = Post.objects.get()
    assert post.tone == "playful"
    expect(page.locator(":focus")).to_have_count(1)
    assert page.evaluate("document.activeElement !== document.body")


def test_a_form_without_scripts_makes_a_post(page: Page, live: str, models: list[AIModel]) -> None:
    browser = page.context.browser
    assert browser is not None
    state = page.context.storage_state()
    context = browser.new_context(java_script_enabled=False, storage_state=state)
    plain = context.new_page()
    plain.goto(f"{live}/posts/create/")
    plain.get_by_role("button", name="Create").click()
    expect(plain.get_by_role("alert").first).to_be_visible()
    prompt(plain).fill(PROMPT)
    plain.get_by_role("button", name="Create").click()
    plain.wait_for_url(POST)
    wait_until(at_rest)
    wait_until(lambda: GeneratedImage.objects.filter(status=ImageStatus.READY).count() == 3)
    plain.reload()
    expect(shots(plain).get_by_role("img")).to_have_count(3)
    expect(caption(plain)).to_contain_text(re.compile("Spring vases"))
    context.close()
