"""The lightbox in a browser: opening, walking, zooming, deleting, and what goes wrong."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect

from accounts.models import User
from gallery import editing
from gallery.browse.pages import PAGE
from gallery.images import GeneratedImage
from gallery.models import Post, Status
from gallery.seeding.posts import Studio
from tests.e2e.conftest import sign_in
from tests.e2e.test_gallery_page import fill
from tests.gallery.rows import make_exchange, make_image, make_post
from tests.studio import Studio as Processes

pytestmark = [pytest.mark.e2e, pytest.mark.stack]

VIEW = re.compile(r"/gallery/\?(.*&)?view=[0-9a-f-]{36}&img=\d+$")
WIDE = {"width": 1440, "height": 900}
CLOSED = re.compile(r"/gallery/$")


def box(page: Page) -> Locator:
    return page.locator("dialog#lightbox")


def cards(page: Page) -> Locator:
    return page.locator(".tile a.tile-frame")


def card_of(page: Page, post: Any) -> Locator:
    return page.locator(f'.tile[data-post="{post}"] a.tile-frame').first


def button(page: Page, name: str) -> Locator:
    return box(page).get_by_role("button", name=name, exact=True)


def outputs(page: Page) -> Locator:
    return box(page).locator("[data-output]")


def post_of(page: Page) -> str:
    """By the address."""
    return parse_qs(urlsplit(page.url).query)["view"][0]


def expect_post(page: Page, post: Any) -> None:
    expect(box(page).locator(f'[data-output][href*="{post}"]').first).to_be_visible()
    page.wait_for_url(f"**view={post}**")


def visit(page: Page, url: str) -> None:
    """Until the server's greeting has come, nothing is pushed."""
    with page.expect_websocket() as opened:
        page.goto(url)
    opened.value.wait_for_event("framereceived")


def start(page: Page, live: str, number: int = 0, query: str = "") -> None:
    """The lightbox over the gallery, whole."""
    visit(page, f"{live}/gallery/{query}")
    cards(page).nth(number).click()
    whole(page)


def whole(page: Page) -> None:
    expect(box(page)).to_be_visible()
    expect(outputs(page).first).to_be_visible()
    expect(box(page).locator(".lightbox-image")).to_have_count(1)


def order_of(owner: User) -> list[str]:
    """The posts in the gallery's order, newest first."""
    rows = GeneratedImage.objects.filter(owner=owner).in_gallery().values_list("post_id", flat=True)
    return list(dict.fromkeys(str(one) for one in rows))


def place_of(page: Page) -> tuple[float, str]:
    """How much the image is enlarged, and how it lies."""
    transform: str = page.evaluate(
        "getComputedStyle(document.querySelector('.lightbox-image:last-child .picture')).transform"
    )
    if transform == "none":
        return 1.0, ""
    numbers = transform.removeprefix("matrix(").removesuffix(")").split(", ")
    return float(numbers[0]), f"{numbers[4]} {numbers[5]}"


@pytest.fixture(autouse=True)
def files(shared_studio: Processes, settings: Any) -> None:
    """What is drawn here is read by the studio's processes."""
    settings.MEDIA_ROOT = Path(shared_studio.data) / "media"


@pytest.fixture
def studio(live: str, owner: User) -> Studio:
    return fill(owner, 40)


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
    page.evaluate("document.querySelector('[data-gallery]').dataset.selecting = ''")
    page.evaluate("addEventListener('click', event => event.preventDefault())")
    cards(page).first.click()
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


def make_real(studio: Studio, images: int, **fields: Any) -> Post:
    """The newest post, with pictures that are there."""
    values = {"status": Status.GENERATED, "caption": "Just made.", "total_models": images}
    post = Post.objects.create(owner=studio.user, prompt="New", **(values | fields))
    exchange = make_exchange(post)
    for position in range(images):
        make_image(
            exchange,
            file=studio.files["4:5"][position % len(studio.files["4:5"])],
            position=position,
            is_selected=position == 0,
            model=studio.models[0],
            model_name="Demo Shapes",
            created_at=post.created_at - timedelta(milliseconds=position),
        )
    return post


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
    page.wait_for_timeout(350)  # or it would be a double click
    image.click(position={"x": 200, "y": 200})
    assert place_of(page)[0] == 1
    page.wait_for_timeout(350)
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


# --- Deleting ---


def test_deleting_goes_on_to_the_next_and_can_be_undone(page: Page, live: str, owner: User) -> None:
    studio = fill(owner, 9)
    post = make_real(studio, 2)
    order = order_of(owner)
    start(page, live)
    button(page, "Delete image").click()
    expect(box(page).get_by_text("Image deleted.")).to_be_visible()
    expect(outputs(page)).to_have_count(1)
    assert post.images.get(position=0).deleted_at is not None
    button(page, "Delete post").click()
    expect_post(page, order[1])
    expect(box(page).get_by_text("Post moved to the trash.")).to_be_visible()
    post.refresh_from_db()
    assert post.deleted_at is not None
    assert page.evaluate("document.querySelector('#lightbox').contains(document.activeElement)")
    box(page).locator(".toast", has_text="Post moved").get_by_role("button", name="Undo").click()
    expect_post(page, post.pk)
    post.refresh_from_db()
    assert post.deleted_at is None
    page.keyboard.press("Escape")
    expect(card_of(page, post.pk)).to_be_visible()
    expect(page.locator("#toasts")).to_be_attached()


def test_deleting_the_last_one_closes_it(page: Page, live: str, owner: User) -> None:
    studio = fill(owner, 6)
    start(page, live, 0, "?ratio=4:5")
    page.keyboard.press("Escape")
    for post in Post.objects.filter(images__aspect_ratio="4:5").distinct():
        editing.delete(user=owner, post_id=post.pk)
    make_real(studio, 1)
    start(page, live, 0, "?ratio=4:5")
    button(page, "Delete post").click()
    expect(box(page)).to_be_hidden()
    expect(page.get_by_text("Post moved to the trash.")).to_be_visible()
    assert "view=" not in page.url


def test_what_cannot_be_deleted_stays(page: Page, live: str, owner: User, studio: Studio) -> None:
    start(page, live)
    post = post_of(page)
    page.route("**/delete/", lambda route: route.abort())
    box(page).locator("#lightbox-delete").click()
    expect(box(page).get_by_text("That did not work")).to_be_visible()
    assert post_of(page) == post
    expect(box(page).locator("#lightbox-delete")).to_be_focused()


# --- What else one does in it ---


def test_refine_leads_to_the_words_and_back_leads_into_the_lightbox(
    page: Page, live: str, studio: Studio
) -> None:
    start(page, live)
    where = page.url
    box(page).get_by_role("link", name="Refine").click()
    page.wait_for_url("**/posts/*/#refine-box")
    expect(page.get_by_role("textbox", name="Refine")).to_be_focused()
    page.go_back()
    whole(page)
    assert page.url == where


def test_the_caption_is_copied_and_the_image_downloaded(
    page: Page, context: BrowserContext, live: str, owner: User
) -> None:
    studio = fill(owner, 4)
    make_real(studio, 1, caption="One.\n\nTwo.", hashtags=["clay"])
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    start(page, live)
    button(page, "Copy caption").click()
    page.wait_for_function(
        "async () => (await navigator.clipboard.readText()) === 'One.\\n\\nTwo.\\n\\n#clay'"
    )
    with page.expect_download() as download:
        box(page).get_by_role("link", name="Download").click()
    assert "Demo Shapes" in download.value.suggested_filename


def test_the_sheet_of_shortcuts_lies_over_it(page: Page, live: str, studio: Studio) -> None:
    start(page, live)
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(sheet).to_be_visible()
    expect(sheet.get_by_text("Output by its number")).to_be_visible()
    before = page.url
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expect(box(page)).to_be_visible()
    assert page.url == before


# --- What changes meanwhile ---


def test_an_output_and_a_caption_come_without_losing_zoom_and_focus(
    page: Page, live: str, owner: User
) -> None:
    studio = fill(owner, 6)
    post = make_real(studio, 1)
    start(page, live)
    page.keyboard.press("+")
    scale = place_of(page)
    link = box(page).get_by_role("link", name="Download")
    link.focus()
    image = make_image(
        make_exchange(post, number=2), file=studio.files["1:1"][0], model_name="Another"
    )
    editing.edit_caption(user=owner, post_id=post.pk, caption="Other words.", hashtags="")
    expect(box(page).locator(".caption-text")).to_have_text("Other words.")
    expect(box(page).locator(f'[data-output="{image.pk}"]')).to_be_visible()
    expect(box(page).locator("[data-place]", has_text="1 of 2")).to_be_visible()
    expect(button(page, "Delete image")).to_be_visible()
    assert place_of(page) == scale
    expect(link).to_be_focused()
    expect(box(page).locator(".lightbox-image")).to_have_count(1)


def test_a_new_post_becomes_the_previous_one(page: Page, live: str, owner: User) -> None:
    studio = fill(owner, 6)
    start(page, live)
    expect(button(page, "Previous post")).to_have_attribute("aria-disabled", "true")
    post = make_real(studio, 1)
    editing.edit_caption(user=owner, post_id=post.pk, caption="Just now.", hashtags="")
    expect(button(page, "Previous post")).to_have_attribute("aria-disabled", "false")
    page.keyboard.press("ArrowLeft")
    expect_post(page, post.pk)
    page.keyboard.press("Escape")
    expect(card_of(page, post.pk)).to_be_focused()


def test_what_is_deleted_elsewhere_is_said_and_gives_way(
    page: Page, live: str, owner: User
) -> None:
    studio = fill(owner, 6)
    post = make_real(studio, 2)
    order = order_of(owner)
    start(page, live)
    shown = post.images.get(position=0)
    editing.delete_image(user=owner, post_id=post.pk, image_id=shown.pk)
    expect(box(page).get_by_text("This image is not available any more.")).to_be_visible()
    expect(outputs(page)).to_have_count(1)
    editing.delete(user=owner, post_id=post.pk)
    expect(box(page).get_by_text("This post is not available any more.")).to_be_visible()
    expect_post(page, order[1])


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


def test_nothing_moves_for_those_who_asked_for_less(page: Page, live: str, studio: Studio) -> None:
    page.emulate_media(reduced_motion="reduce")
    start(page, live)
    running = page.evaluate(
        "document.querySelector('#lightbox').getAnimations({subtree: true})"
        ".filter(one => one.playState === 'running').length"
    )
    assert running == 0


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
    assert page.evaluate("Boolean(document.activeElement.closest('.tile'))")
