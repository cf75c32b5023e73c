"""The lightbox in a browser: over a bad connection, and for everybody."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from accounts.models import User
from gallery.images import GeneratedImage
from gallery.seeding.posts import Studio
from tests.e2e.lightbox.box import (
    VIEW,
    box,
    button,
    cards,
    expect_post,
    make_real,
    order_of,
    start,
    whole,
)
from tests.e2e.states import next_frame, visit
from tests.e2e.test_gallery_page import fill

pytestmark = [pytest.mark.e2e, pytest.mark.stack]


# --- A bad connection ---


def test_what_does_not_come_can_be_tried_again(
    page: Page, live: str, owner: User, studio: Studio
) -> None:
    visit(page, f"{live}/gallery/")
    fails = {"on": True}

    def answer(route: Route) -> None:
        if fails["on"]:
            route.abort()
        else:
            route.continue_()

    page.route("**/gallery/view/**", answer)
    order = order_of(owner)
    cards(page).first.click()
    expect(box(page).get_by_role("alert")).to_contain_text("could not be loaded")
    expect(box(page).locator(".lightbox-image img").first).to_be_visible()  # the card's
    button(page, "Try again").click()
    expect(box(page).get_by_role("alert")).to_be_visible()
    fails["on"] = False
    button(page, "Try again").click()
    whole(page)
    expect(box(page).get_by_role("alert")).to_be_hidden()
    expect_post(page, order[0])
    page.wait_for_load_state("networkidle")

    page.keyboard.press("ArrowRight")
    expect_post(page, order[1])
    page.wait_for_load_state("networkidle")
    fails["on"] = True
    page.keyboard.press("ArrowRight")  # was read ahead
    expect_post(page, order[2])
    page.keyboard.press("ArrowRight")
    expect(box(page).get_by_role("alert")).to_contain_text("could not be loaded")
    expect_post(page, order[2])  # nothing is lost
    fails["on"] = False
    button(page, "Try again").click()
    expect_post(page, order[3])
    expect(box(page).get_by_role("alert")).to_be_hidden()
    expect(button(page, "Close")).to_be_focused()


def test_image_and_words_stay_together_when_an_output_does_not_come(
    page: Page, live: str, owner: User
) -> None:
    studio = fill(owner, 6)
    post = make_real(studio, 2)
    first, second = post.images.order_by("position")
    start(page, live)
    held: list[Route] = []
    page.route("**/gallery/view/**", lambda route: held.append(route))
    with page.expect_request("**/gallery/view/**"):
        page.keyboard.press("2")
    expect(box(page).locator(f'.lightbox-image[data-image="{second.pk}"]')).to_be_visible()
    button(page, "Delete image").click()  # waits for what is seen
    expect(box(page).locator(".lightbox-image")).to_have_count(1)
    held[-1].abort()
    expect(box(page).get_by_role("alert")).to_be_visible()
    expect(box(page).locator(f'.lightbox-image[data-image="{first.pk}"]')).to_be_visible()
    assert page.url.endswith("img=1")
    page.unroute("**/gallery/view/**")
    button(page, "Try again").click()
    expect(box(page).locator("[data-place]")).to_have_text("2 of 2")
    expect(box(page).locator(f'.lightbox-image[data-image="{second.pk}"]')).to_be_visible()
    assert not post.images.exclude(deleted_at=None).exists()


def test_an_image_whose_bytes_do_not_come_can_be_tried_again(
    page: Page, live: str, owner: User, studio: Studio
) -> None:
    visit(page, f"{live}/gallery/")
    order = order_of(owner)
    first = GeneratedImage.objects.filter(post=order[0]).in_gallery().first()
    assert first is not None
    page.route("**/files/**", lambda route: route.abort())
    page.goto(f"{live}/gallery/?view={order[0]}&img=1")
    expect(box(page).get_by_role("alert")).to_contain_text("could not be loaded")
    page.unroute("**/files/**")
    button(page, "Try again").click()
    image = box(page).locator(".lightbox-image picture img")
    page.wait_for_function(
        "() => document.querySelector('.lightbox-image picture img').naturalWidth > 0"
    )
    expect(image).to_be_visible()


def test_it_closes_while_it_waits(page: Page, live: str, studio: Studio) -> None:
    visit(page, f"{live}/gallery/")
    held: list[Route] = []
    page.route("**/gallery/view/**", lambda route: held.append(route))
    cards(page).nth(1).click()
    expect(box(page)).to_be_visible()
    page.keyboard.press("Escape")
    expect(box(page)).to_be_hidden()
    page.unroute("**/gallery/view/**")
    assert held
    cards(page).nth(3).click()
    whole(page)
    assert VIEW.search(page.url)


# --- For everybody ---


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 360])
def test_axe_finds_nothing(page: Page, live: str, owner: User, theme: Any, width: int) -> None:
    studio = fill(owner, 8)
    parent = make_real(studio, 1)
    make_real(studio, 3, parent=parent, hashtags=["clay"])
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    start(page, live)
    expect(box(page).get_by_role("heading", name="Derived from")).to_be_visible()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    page.route("**/gallery/view/**", lambda route: route.abort())
    page.keyboard.press("2")
    expect(box(page).get_by_role("alert")).to_be_visible()
    page.keyboard.press("+")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_a_screen_reader_hears_what_is_shown(page: Page, live: str, owner: User) -> None:
    studio = fill(owner, 4)
    make_real(studio, 2, caption="A blue vase. And more.")
    start(page, live)
    expect(page.get_by_role("dialog", name="A blue vase., 1 of 2")).to_be_visible()
    page.keyboard.press("2")
    expect(box(page).locator("[data-says]")).to_have_text("A blue vase., 2 of 2")
    expect(box(page).get_by_role("img", name="A blue vase.")).to_be_visible()
    expect(box(page).get_by_role("link", name="Output 2, Demo Shapes")).to_be_visible()


@pytest.mark.parametrize(("wish", "moves"), [("reduce", False), ("no-preference", True)])
def test_nothing_moves_for_those_who_asked_for_less(
    page: Page, live: str, studio: Studio, wish: Any, moves: bool
) -> None:
    page.emulate_media(reduced_motion=wish)
    visit(page, f"{live}/gallery/")
    # A transition cut to nothing still counts as running until the next frame: what counts is how
    # long one lasts, and of those only what begins on the way in.
    page.evaluate(
        """() => {
            window.longest = 0
            const look = () => {
                const moving = document.querySelector("#lightbox")?.getAnimations({subtree: true})
                const times = (moving ?? []).map((one) => one.effect.getComputedTiming().endTime)
                window.longest = Math.max(window.longest, ...times)
                requestAnimationFrame(look)
            }
            look()
        }"""
    )
    cards(page).first.click()
    whole(page)
    next_frame(page)
    assert (page.evaluate("window.longest") > 1) is moves


def test_a_card_made_before_its_days_end_is_found_again(
    page: Page, live: str, studio: Studio
) -> None:
    """Opened by its address alone, it is not among the cards that are there; closing still leaves
    the focus in the gallery."""
    oldest = GeneratedImage.objects.order_by("created_at")[0]
    assert oldest.created_at < timezone.now()
    page.goto(f"{live}/gallery/?view={oldest.post_id}&img=1")
    whole(page)
    page.keyboard.press("Escape")
    expect(box(page)).to_be_hidden()
    expect(page.locator(".tile :focus")).to_have_count(1)
