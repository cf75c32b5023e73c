"""The lightbox in a browser: opening it, its address, and going from post to post."""

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from accounts.models import User
from gallery import editing
from gallery.browse.pages import PAGE
from gallery.images import GeneratedImage
from gallery.models import Post
from gallery.seeding.posts import Studio
from tests.e2e.conftest import sign_in
from tests.e2e.lightbox.box import (
    CLOSED,
    VIEW,
    box,
    button,
    cards,
    expect_post,
    make_real,
    order_of,
    outputs,
    post_of,
    start,
    whole,
)
from tests.e2e.states import visit
from tests.e2e.test_gallery_page import fill
from tests.gallery.rows import make_post

pytestmark = [pytest.mark.e2e, pytest.mark.stack]


# --- Opening and closing ---


def test_a_click_opens_it_and_escape_gives_the_focus_back_to_the_card(
    page: Page, live: str, studio: Studio
) -> None:
    start(page, live, 5)
    assert VIEW.search(page.url)
    expect(page.get_by_role("dialog")).to_have_accessible_name(re.compile(".+"))
    post = Post.objects.get(pk=post_of(page))
    expect(box(page).locator(".caption-text")).to_have_text(post.caption)
    expect(box(page).get_by_text(post.prompt, exact=True)).to_have_count(0)
    for word in ("Model", "Dimensions", "Created", "Duration", "Cost"):
        expect(box(page).locator("dt", has_text=word)).to_be_visible()
    page.keyboard.press("Escape")
    expect(box(page)).to_be_hidden()
    page.wait_for_url(CLOSED)
    expect(cards(page).nth(5)).to_be_focused()


def test_by_keyboard_alone(page: Page, live: str, studio: Studio) -> None:
    visit(page, f"{live}/gallery/")
    cards(page).nth(2).focus()
    page.keyboard.press("Enter")
    whole(page)
    expect(button(page, "Close")).to_be_focused()
    seen = set()
    for _ in range(30):  # the focus stays inside
        page.keyboard.press("Tab")
        seen.add(page.evaluate("document.activeElement.closest('dialog')?.id ?? 'page'"))
        assert page.evaluate(
            "document.activeElement === document.body"
            " || Boolean(document.activeElement.closest('dialog'))"
        )
    assert "lightbox" in seen
    button(page, "Close").press("Enter")
    expect(cards(page).nth(2)).to_be_focused()


def test_the_address_is_in_step_with_the_history(
    page: Page, context: BrowserContext, live: str, owner: User, studio: Studio
) -> None:
    start(page, live, 0, "?sort=oldest")
    first = page.url
    assert "sort=oldest" in first
    page.keyboard.press("ArrowRight")
    page.wait_for_url(lambda url: url != first)
    second = page.url
    page.go_back()  # moving made no entries
    expect(box(page)).to_be_hidden()
    assert page.url.endswith("/gallery/?sort=oldest")
    page.go_forward()
    whole(page)
    assert page.url == second
    page.reload()
    whole(page)
    assert page.url == second

    shared = context.new_page()
    shared.goto(second)
    whole(shared)
    button(shared, "Close").click()
    expect(box(shared)).to_be_hidden()
    assert shared.url.endswith("/gallery/?sort=oldest")
    shared.reload()
    expect(box(shared)).to_be_hidden()

    button(page, "Close").click()
    expect(box(page)).to_be_hidden()
    assert page.url.endswith("/gallery/?sort=oldest")


def test_one_can_open_and_close_quickly(page: Page, live: str, studio: Studio) -> None:
    visit(page, f"{live}/gallery/")
    for number in range(6):
        cards(page).nth(number).click()
        page.keyboard.press("Escape")
        expect(box(page)).to_be_hidden()
    page.wait_for_url(CLOSED)
    expect(cards(page).nth(5)).to_be_focused()


def test_a_link_stays_a_link(
    page: Page, browser: Browser, live: str, owner: User, studio: Studio
) -> None:
    visit(page, f"{live}/gallery/")
    with page.context.expect_page() as opened:
        cards(page).first.click(modifiers=["ControlOrMeta"])
    opened.value.wait_for_url("**/posts/*/")
    expect(box(page)).to_be_hidden()
    page.get_by_role("button", name="Select", exact=True).click()
    cards(page).first.click()
    expect(page.get_by_text("1 selected")).to_be_visible()
    expect(box(page)).to_be_hidden()

    context = browser.new_context(java_script_enabled=False)
    sign_in(context, live, owner)
    plain = context.new_page()
    plain.goto(f"{live}/gallery/")
    cards(plain).first.click()
    plain.wait_for_url("**/posts/*/")
    context.close()


@pytest.mark.parametrize("what", ["unknown", "nonsense", "another's", "in the trash"])
def test_what_is_not_there_shows_the_gallery_and_says_so(
    page: Page, live: str, owner: User, stranger: User, studio: Studio, what: str
) -> None:
    secret = make_post(stranger, caption="Secret glaze")
    gone = make_post(owner, caption="Secret glaze")
    editing.delete(user=owner, post_id=gone.pk)
    post = {
        "unknown": "00000000-0000-4000-8000-000000000000",
        "nonsense": "../../x",
        "another's": str(secret.pk),
        "in the trash": str(gone.pk),
    }[what]
    page.goto(f"{live}/gallery/?kind=generated&view={post}&img=1")
    expect(page.get_by_text("This image is not available any more.")).to_be_visible()
    expect(box(page)).to_be_hidden()
    assert page.url.endswith("/gallery/?kind=generated")
    expect(cards(page).first).to_be_visible()
    assert "Secret" not in page.content()


# --- Walking ---


def test_arrows_walk_past_the_border_of_a_page_and_the_gallery_goes_along(
    page: Page, live: str, owner: User
) -> None:
    fill(owner, 2 * PAGE + 30)
    order = order_of(owner)
    start(page, live)
    expect(button(page, "Previous post")).to_have_attribute("aria-disabled", "true")
    page.keyboard.press("ArrowLeft")
    for post in order[:40]:
        expect_post(page, post)
        page.keyboard.press("ArrowRight")
    expect_post(page, order[40])
    assert GeneratedImage.objects.filter(post__in=order[:40]).count() > PAGE
    button(page, "Previous post").click()
    expect_post(page, order[39])
    page.keyboard.press("Escape")
    focused = page.locator(f'.tile[data-post="{order[39]}"] a.tile-frame:focus')
    expect(focused).to_be_in_viewport()


def test_keys_pressed_quickly_are_all_heeded_and_the_ends_are_ends(
    page: Page, live: str, owner: User, studio: Studio
) -> None:
    order = order_of(owner)
    start(page, live)
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    expect_post(page, order[5])
    for _ in range(len(order) + 3):
        page.keyboard.press("ArrowRight")
    expect_post(page, order[-1])
    expect(button(page, "Next post")).to_have_attribute("aria-disabled", "true")
    button(page, "Next post").click(force=True)
    page.keyboard.press("ArrowLeft")
    expect_post(page, order[-2])
    expect(button(page, "Next post")).to_have_attribute("aria-disabled", "false")


def test_filters_and_order_are_those_of_the_gallery(
    page: Page, live: str, owner: User, studio: Studio
) -> None:
    start(page, live, 0, "?sort=oldest&ratio=1:1")
    rows = GeneratedImage.objects.filter(owner=owner, aspect_ratio="1:1").order_by(
        "created_at", "id"
    )
    order = list(dict.fromkeys(str(one.post_id) for one in rows))
    for post in order[:4]:
        expect_post(page, post)
        page.keyboard.press("ArrowRight")


def test_neighbours_are_there_before_they_are_asked_for(
    page: Page, live: str, owner: User, studio: Studio
) -> None:
    order = order_of(owner)
    with page.expect_response(lambda answer: "to=next" in answer.url):
        start(page, live)
    page.wait_for_load_state("networkidle")
    page.route("**/gallery/view/**", lambda route: route.abort())
    page.keyboard.press("ArrowRight")
    expect_post(page, order[1])
    image = box(page).locator(".lightbox-image picture img")
    expect(image).to_have_js_property("complete", True)
    assert image.evaluate("node => node.naturalWidth") > 0


def test_numbers_and_thumbnails_switch_outputs(page: Page, live: str, owner: User) -> None:
    studio = fill(owner, 12)
    post = make_real(studio, 3)
    start(page, live)
    expect_post(page, post.pk)
    images = [str(pk) for pk in post.images.order_by("position").values_list("pk", flat=True)]
    expect(box(page).locator("[data-place]", has_text="1 of 3")).to_be_visible()
    page.keyboard.press("3")
    expect(box(page).locator("[data-place]", has_text="3 of 3")).to_be_visible()
    expect(box(page).locator(f'.lightbox-image[data-image="{images[2]}"]')).to_be_visible()
    assert page.url.endswith(f"view={post.pk}&img=3")
    page.keyboard.press("9")
    outputs(page).nth(1).click()
    expect(outputs(page).nth(1)).to_have_attribute("aria-current", "true")
    expect(outputs(page).nth(1)).to_be_focused()
    expect(box(page).locator("[aria-current]")).to_have_count(1)
    expect(box(page).locator(".tick")).to_have_count(1)
    # One goes on from the card, whichever output is shown.
    page.keyboard.press("ArrowRight")
    expect_post(page, order_of(owner)[1])
    assert page.evaluate("document.querySelector('#lightbox').contains(document.activeElement)")
