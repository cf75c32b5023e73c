"""The lightbox in a browser: enlarging, and fingers."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from accounts.models import User
from gallery.seeding.posts import Studio
from tests.e2e.conftest import sign_in
from tests.e2e.lightbox.box import (
    box,
    button,
    expect_post,
    make_real,
    order_of,
    outputs,
    place_of,
    start,
)

pytestmark = [pytest.mark.e2e, pytest.mark.stack]


def apart(page: Page) -> None:
    """By the page's own clock, so long that the next click is not the second of a double click."""
    now = page.evaluate("performance.now()")
    page.wait_for_function("before => performance.now() - before > 300", arg=now)


# --- Enlarging ---


def test_zoom_by_keys_click_and_wheel_and_it_ends_with_a_move(
    page: Page, live: str, owner: User, studio: Studio
) -> None:
    start(page, live)
    page.keyboard.press("+")
    assert place_of(page)[0] == 1.5
    page.keyboard.press("-")
    assert place_of(page)[0] == 1
    for _ in range(4):
        page.keyboard.press("+")
    scale, lies = place_of(page)
    assert scale > 4
    expect(button(page, "Zoom")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("ArrowRight")  # another part of it, not another post
    page.keyboard.press("ArrowDown")
    assert place_of(page)[0] == scale
    assert place_of(page)[1] != lies
    expect_post(page, order_of(owner)[0])
    page.keyboard.press("0")
    assert place_of(page)[0] == 1

    image = box(page).locator(".lightbox-image .picture")
    image.click()
    assert place_of(page)[0] == 2.5
    apart(page)
    image.click(position={"x": 200, "y": 200})
    assert place_of(page)[0] == 1
    apart(page)
    image.dblclick()
    assert place_of(page)[0] == 2.5
    page.keyboard.down("Control")
    page.mouse.wheel(0, -100)
    page.keyboard.up("Control")
    page.wait_for_function(f"() => {SCALE} > 2.6")
    button(page, "Next post").click()
    expect_post(page, order_of(owner)[1])
    assert place_of(page)[0] == 1
    expect(button(page, "Zoom")).to_have_attribute("aria-pressed", "false")


SCALE = (
    "new DOMMatrix(getComputedStyle(document.querySelector("
    "'.lightbox-image:last-child .picture')).transform).a"
)


def test_an_enlarged_image_is_dragged_within_its_borders_and_sharp(
    page: Page, live: str, studio: Studio
) -> None:
    start(page, live)
    for _ in range(5):
        page.keyboard.press("+")
    image = box(page).locator(".lightbox-image picture img")
    expect(image).to_have_js_property("complete", True)
    page.wait_for_function(
        "() => document.querySelector('.lightbox-image picture img').src.endsWith('/original')"
    )
    scale, before = place_of(page)
    page.mouse.move(500, 450)
    page.mouse.down()
    page.mouse.move(560, 480, steps=4)
    page.mouse.up()
    assert place_of(page) != (scale, before)
    page.mouse.move(500, 450)
    page.mouse.down()
    page.mouse.move(5_000, 4_500, steps=6)
    page.mouse.up()
    frame = box(page).locator(".lightbox-image .picture").bounding_box()
    stage = box(page).locator(".lightbox-stage").bounding_box()
    assert frame is not None
    assert stage is not None
    assert frame["x"] <= stage["x"] + 1  # no emptier than it must be
    assert frame["y"] <= stage["y"] + 1
    assert place_of(page)[0] == scale  # a drag is no click
    page.keyboard.press("ArrowLeft")  # there is no more of it that way
    expect(button(page, "Zoom")).to_have_attribute("aria-pressed", "true")


# --- Touch ---


@pytest.fixture
def phone(browser: Browser, live: str, owner: User) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 360, "height": 740}, has_touch=True)
    sign_in(context, live, owner)
    yield context.new_page()
    context.close()


def touch(page: Page, *fingers: list[tuple[float, float]]) -> None:
    """Move fingers along their ways, all at once."""
    client = page.context.new_cdp_session(page)
    names = ["touchStart", *["touchMove"] * (len(fingers[0]) - 1)]
    for number, name in enumerate(names):
        points = [
            {"x": way[number][0], "y": way[number][1], "id": finger}
            for finger, way in enumerate(fingers)
        ]
        client.send("Input.dispatchTouchEvent", {"type": name, "touchPoints": points})
    client.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    client.detach()


def test_fingers_swipe_pinch_and_tap(phone: Page, live: str, owner: User, studio: Studio) -> None:
    order = order_of(owner)
    start(phone, live)
    touch(phone, [(280 - 12 * step, 250) for step in range(15)])
    expect_post(phone, order[1])
    touch(phone, [(100 + 12 * step, 250) for step in range(15)])
    expect_post(phone, order[0])
    touch(phone, [(180 + step, 250) for step in range(20)])  # too short
    apart = [[(170 - 4 * n, 250.0) for n in range(12)], [(190 + 4 * n, 250.0) for n in range(12)]]
    touch(phone, *apart)
    assert place_of(phone)[0] > 2
    expect_post(phone, order[0])
    lies = place_of(phone)[1]
    touch(phone, [(250 - 8 * step, 250) for step in range(10)])  # moves it, and not on
    assert place_of(phone)[1] != lies
    expect_post(phone, order[0])
    touch(phone, [(180, 250)])
    touch(phone, [(180, 250)])
    phone.wait_for_function(f"() => {SCALE} === 1")


def test_on_a_narrow_page_it_fills_it_and_nothing_scrolls_sideways(
    phone: Page, live: str, owner: User, studio: Studio
) -> None:
    make_real(studio, 9, caption="W" * 200 + "\n\nLight.", hashtags=["h" * 90])
    start(phone, live)
    for width in (360, 320):
        phone.set_viewport_size({"width": width, "height": 740})
        assert box(phone).evaluate("node => node.scrollWidth <= node.clientWidth")
        frame = box(phone).bounding_box()
        assert frame == {"x": 0, "y": 0, "width": width, "height": 740}
    box(phone).get_by_role("heading", name="Outputs").scroll_into_view_if_needed()
    expect(outputs(phone).last).to_be_visible()
    for one in box(phone).locator("button:visible, .lightbox-actions a").all():
        size = one.bounding_box()
        assert size is not None
        assert size["height"] >= 40
