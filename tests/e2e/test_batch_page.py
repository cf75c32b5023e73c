"""Doing something to images of the gallery, to one or to many, by pointer, finger and keyboard."""

import zipfile
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from accounts.models import User
from gallery.batches import services
from gallery.images import GeneratedImage
from gallery.models import Post
from tests.e2e.conftest import sign_in
from tests.e2e.lightbox.box import make_real
from tests.e2e.states import visit
from tests.e2e.test_gallery_page import fill, keys, tiles
from tests.gallery.rows import make_exchange, make_image, make_project
from tests.studio import Studio, wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.stack]


@pytest.fixture(autouse=True)
def _files(shared_studio: Studio, settings: Any) -> None:
    """Files are kept where the studio looks for them."""
    settings.MEDIA_ROOT = shared_studio.data / "media"


def bar(page: Page) -> Locator:
    return page.get_by_role("region", name="Selection", exact=True)


def button(page: Page, name: str) -> Locator:
    return bar(page).get_by_role("button", name=name, exact=True)


def boxes(page: Page) -> Locator:
    return page.get_by_role("checkbox", name="Select ")


def toast(page: Page, words: str) -> Locator:
    return page.locator("#toasts .toast", has_text=words)


def start(page: Page, live: str, address: str = "") -> None:
    visit(page, f"{live}/gallery/{address}")
    page.get_by_role("button", name="Select", exact=True).click()
    expect(bar(page)).to_be_visible()


def alive(user: User) -> int:
    return GeneratedImage.objects.visible_to(user).count()


# --- One image ----------------------------------------------------------------------------------


def test_an_image_is_deleted_and_brought_back_by_keyboard(
    page: Page, live: str, owner: User
) -> None:
    fill(owner, 30)
    visit(page, f"{live}/gallery/")
    first, second = tiles(page).nth(0), tiles(page).nth(1)
    identities = [one.get_attribute("id") for one in (first, second)]
    name = first.locator(".tile-caption").text_content()
    first.locator("a").first.focus()
    for tool in ("Download", "Refine", "Delete"):
        page.keyboard.press("Tab")
        expect(first.get_by_label(f"{tool} {name}", exact=True)).to_be_focused()

    page.keyboard.press("Enter")

    expect(page.locator(f"#{identities[0]}")).to_have_count(0)
    expect(page.locator(f"#{identities[1]} .tile-frame")).to_be_focused()
    assert alive(owner) == 29
    toast(page, "Moved to the trash.").get_by_role("button", name="Undo").click()
    expect(tiles(page).first).to_have_attribute("id", identities[0] or "")
    assert alive(owner) == 30
    expect(tiles(page)).to_have_count(30)


def test_one_set_of_tools_goes_where_the_pointer_is(page: Page, live: str, owner: User) -> None:
    fill(owner, 30)
    visit(page, f"{live}/gallery/")
    before = tiles(page).nth(8).bounding_box()
    for number in (0, 3, 1):
        card = tiles(page).nth(number)
        card.hover()
        expect(card.locator(".tile-tools")).to_be_visible()
        expect(page.locator(".tile-tools")).to_have_count(1)
    assert tiles(page).nth(8).bounding_box() == before

    with page.expect_download() as caught:
        tiles(page).nth(1).get_by_role("link", name="Download ").click()
    assert caught.value.suggested_filename.endswith(".png")
    tiles(page).nth(1).get_by_role("link", name="Refine ").click()
    expect(page.get_by_role("textbox", name="Refine")).to_be_focused()


def test_the_tools_and_the_focus_in_them_survive_what_arrives(
    page: Page, live: str, owner: User
) -> None:
    studio = fill(owner, 20)
    visit(page, f"{live}/gallery/")
    tiles(page).first.locator("a").first.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    identity = tiles(page).first.get_attribute("id")
    image = arrive(studio.files["4:5"][0].pk, owner)
    expect(page.locator(f"#tile-{image.pk}")).to_be_visible()
    expect(page.locator(f"#{identity}").get_by_role("link", name="Refine ")).to_be_focused()


def arrive(file_id: object, owner: User) -> GeneratedImage:
    """A new image, told to the owner's pages."""
    from activity import events

    post = Post.objects.create(owner=owner, prompt="New", caption="Just now.")
    image = make_image(make_exchange(post), is_selected=True)
    GeneratedImage.objects.filter(pk=image.pk).update(file=file_id)
    events.publish([events.listing_renewed(owner.pk)])
    return image


# --- Selecting ----------------------------------------------------------------------------------


def test_images_are_selected_deleted_and_restored_by_keyboard_alone(
    page: Page, live: str, owner: User
) -> None:
    fill(owner, 40)
    visit(page, f"{live}/gallery/")
    page.get_by_role("button", name="Select", exact=True).focus()
    page.keyboard.press("Enter")
    expect(boxes(page).first).to_be_focused()
    expect(bar(page)).to_contain_text("None selected")
    expect(button(page, "Move to trash")).to_be_disabled()
    page.keyboard.press("Space")
    expect(bar(page)).to_contain_text("1 selected")
    expect(button(page, "Refine")).to_be_enabled()
    for _ in range(3):
        page.keyboard.press("Tab")
    expect(boxes(page).nth(3)).to_be_focused()
    page.keyboard.press("Shift+Space")
    expect(bar(page)).to_contain_text("4 selected")
    expect(boxes(page).nth(2)).to_be_checked()
    page.keyboard.press("Space")
    expect(bar(page)).to_contain_text("3 selected")
    expect(button(page, "Refine")).to_be_disabled()
    kept = keys(page)[3:5]

    button(page, "Move to trash").focus()
    page.keyboard.press("Enter")

    expect(toast(page, "3 images moved to the trash.")).to_be_visible()
    expect(bar(page)).to_be_hidden()
    expect(page.get_by_role("button", name="Select", exact=True)).to_be_focused()
    expect(tiles(page)).to_have_count(37)
    assert keys(page)[:2] == kept
    expect(page.locator("#gallery-count")).to_have_text("37 images")
    toast(page, "moved to the trash").get_by_role("button", name="Undo").press("Enter")
    expect(toast(page, "3 images restored.")).to_be_visible()
    expect(tiles(page)).to_have_count(40)
    assert alive(owner) == 40


def test_escape_and_done_leave_and_clear_stays(page: Page, live: str, owner: User) -> None:
    fill(owner, 20)
    start(page, live)
    tiles(page).nth(1).click()
    expect(bar(page)).to_contain_text("1 selected")
    tiles(page).nth(1).click()
    expect(bar(page)).to_contain_text("None selected")
    tiles(page).nth(2).click()
    button(page, "Clear selection").click()
    expect(bar(page)).to_contain_text("None selected")
    tiles(page).nth(2).click()
    page.keyboard.press("Escape")
    expect(bar(page)).to_be_hidden()
    expect(boxes(page)).to_have_count(1)  # that of the tools, where the focus is
    expect(tiles(page).nth(2).locator("a").first).to_be_focused()
    page.get_by_role("button", name="Select", exact=True).click()
    expect(bar(page)).to_contain_text("None selected")
    page.get_by_role("button", name="Done", exact=True).click()
    expect(bar(page)).to_be_hidden()
    tiles(page).nth(2).hover()
    tiles(page).nth(2).get_by_role("checkbox").click()
    expect(bar(page)).to_contain_text("1 selected")


def test_a_range_goes_through_what_the_page_does_not_hold(
    page: Page, live: str, owner: User, media: None
) -> None:
    fill(owner, 1000)
    start(page, live)
    tiles(page).nth(2).click()
    first = keys(page)[2].split("-")[1]
    scroller = page.locator("[data-gallery]")

    def is_deep() -> bool:
        scroller.evaluate("node => node.scrollBy(0, 2500)")
        return bool(page.locator(".part[data-height]").count() > 1)

    wait_until(is_deep, what="the beginning is emptied")
    expect(page.locator(f"#check-{first}")).to_have_count(0)
    card = tiles(page).nth(-50)
    card.scroll_into_view_if_needed()
    identity = str(card.get_attribute("id")).removeprefix("tile-")
    page.locator(f"#tile-{identity}").click(modifiers=["Shift"])

    everything = list(GeneratedImage.objects.order_by("-created_at", "-id"))
    order = [str(image.pk) for image in everything]
    size = order.index(identity) - 2 + 1
    expect(bar(page)).to_contain_text(f"{size} selected")
    scroller.evaluate("node => { node.scrollTop = 0 }")
    expect(page.locator(f"#check-{order[3]}")).to_be_checked()
    expect(page.locator(f"#check-{order[1]}")).not_to_be_checked()
    button(page, "Move to trash").click()
    expect(page.locator("body")).to_contain_text(f"{size} images moved to the trash.")
    left = GeneratedImage.objects.filter(deleted_at=None).order_by("-created_at", "-id")
    assert [str(one.pk) for one in left] == order[:2] + order[2 + size :]


def test_all_that_match_but_not_what_was_taken_out_or_came_later(
    page: Page, live: str, owner: User
) -> None:
    studio = fill(owner, 150)
    start(page, live, "?kind=generated")
    number = GeneratedImage.objects.filter(kind="generated").count()
    button(page, "Select all").click()
    expect(bar(page)).to_contain_text(f"{number} selected")
    tiles(page).nth(4).click()
    expect(bar(page)).to_contain_text(f"{number - 1} selected")
    kept = tiles(page).nth(4).get_attribute("id")
    image = arrive(studio.files["4:5"][0].pk, owner)
    expect(page.locator(f"#tile-{image.pk}")).to_be_visible()
    expect(page.locator(f"#check-{image.pk}")).not_to_be_checked()
    expect(bar(page)).to_contain_text(f"{number - 1} selected")
    expect(boxes(page).nth(1)).to_be_checked()

    button(page, "Move to trash").click()

    expect(toast(page, f"{number - 1} images moved to the trash.")).to_be_visible()
    expect(tiles(page)).to_have_count(2)
    assert {tiles(page).nth(at).get_attribute("id") for at in (0, 1)} == {kept, f"tile-{image.pk}"}
    assert GeneratedImage.objects.filter(kind="edited", deleted_at=None).count() == 150 - number


def test_deleting_everything_says_so_and_undo_fills_the_page(
    page: Page, live: str, owner: User
) -> None:
    fill(owner, 90)
    start(page, live)
    page.keyboard.press("Control+a")
    expect(bar(page)).to_contain_text("90 selected")
    button(page, "Move to trash").click()
    expect(page.get_by_role("heading", name="No images yet")).to_be_visible()
    toast(page, "90 images moved").get_by_role("button", name="Undo").click()
    expect(tiles(page)).to_have_count(60)
    assert alive(owner) == 90


def test_posts_are_put_into_a_project(page: Page, live: str, owner: User) -> None:
    fill(owner, 30)
    project = make_project(owner, "Feira de domingo")
    Post.objects.update(project=None)
    start(page, live)
    chosen = [tiles(page).nth(at) for at in (0, 5)]
    for card in chosen:
        card.click()
    posts = {card.get_attribute("data-post") for card in chosen}
    button(page, "Add to project").press("Enter")
    page.keyboard.press("ArrowDown")
    page.get_by_role("menuitem", name="Feira de domingo").press("Enter")
    expect(toast(page, "added to Feira de domingo.")).to_be_visible()
    assert {str(post.pk) for post in Post.objects.filter(project=project)} == posts
    toast(page, "added to").get_by_role("button", name="Undo").click()
    expect(toast(page, "moved back.")).to_be_visible()
    assert not Post.objects.filter(project=project).exists()


def test_a_card_of_one_image_stands_for_its_post(page: Page, live: str, owner: User) -> None:
    post = make_real(fill(owner, 12), 1)
    visit(page, f"{live}/gallery/")
    card = page.locator(f'.tile[data-post="{post.pk}"]')
    card.hover()
    card.get_by_role("button", name="Delete ").click()
    expect(card).to_have_count(0)
    assert Post.objects.get(pk=post.pk).deleted_at is not None
    toast(page, "Moved to the trash.").get_by_role("button", name="Undo").click()
    expect(card).to_be_visible()
    assert Post.objects.get(pk=post.pk).deleted_at is None


def test_a_finger_that_rests_begins_to_select(browser: Browser, live: str, owner: User) -> None:
    fill(owner, 20)
    context = browser.new_context(
        viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True
    )
    sign_in(context, live, owner)
    page = context.new_page()
    visit(page, f"{live}/gallery/")
    card = tiles(page).nth(1)
    card.dispatch_event("pointerdown", {"pointerType": "touch", "bubbles": True})
    expect(bar(page)).to_contain_text("1 selected")
    card.dispatch_event("pointerup", {"pointerType": "touch", "bubbles": True})
    card.locator("a").first.dispatch_event("click")  # of the same touch
    expect(bar(page)).to_contain_text("1 selected")
    tiles(page).nth(2).tap()
    expect(bar(page)).to_contain_text("2 selected")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for one in bar(page).get_by_role("button").all():
        box = one.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 360
    context.close()


# --- Downloads and long ones --------------------------------------------------------------------


def test_what_is_selected_is_downloaded(page: Page, live: str, owner: User) -> None:
    fill(owner, 100)
    start(page, live)
    button(page, "Select all").click()
    expect(bar(page)).to_contain_text("100 selected")
    with page.expect_download() as caught:
        button(page, "Download").click()
    with zipfile.ZipFile(caught.value.path()) as archive:
        assert len(archive.namelist()) == 101
        assert archive.testzip() is None
    expect(bar(page)).to_contain_text("100 selected")


def test_a_long_one_tells_how_far_it_is_and_can_be_stopped_and_undone(
    page: Page, live: str, owner: User, shared_studio: Studio
) -> None:
    """No worker takes it until the page was read anew."""
    fill(owner, 90)
    start(page, live, "?q=vases")
    button(page, "Select all").click()
    expect(bar(page)).not_to_contain_text("None")
    button(page, "Move to trash").click()
    batch = page.locator(".batch")
    expect(batch).to_contain_text("Moving images to the trash…")
    page.reload()
    expect(batch).to_contain_text("Moving images to the trash…")
    number = GeneratedImage.objects.filter(words__icontains="vases").count()
    shared_studio.start_worker("media", queue="media", pool="solo")
    try:
        expect(batch).to_contain_text("moved to the trash.")
        deleted = 90 - alive(owner)
        assert 0 < deleted <= number
        expect(batch).to_contain_text(f"{deleted} image")
        batch.get_by_role("button", name="Undo").click()
        expect(page.locator("body")).to_contain_text("restored.")
        wait_until(lambda: alive(owner) == 90, what="all are back")
    finally:
        shared_studio.end("media")


def test_a_long_one_is_stopped(page: Page, live: str, owner: User) -> None:
    fill(owner, 60)
    start(page, live, "?q=vases")
    button(page, "Select all").click()
    expect(bar(page)).not_to_contain_text("None")
    button(page, "Move to trash").click()
    page.set_viewport_size({"width": 360, "height": 740})
    expect(page.locator(".batch").get_by_role("button", name="Stop")).to_be_in_viewport(ratio=1)
    page.locator(".batch").get_by_role("button", name="Stop").click()
    expect(page.locator(".batch")).to_contain_text("Stopped.")
    expect(page.locator(".batch").get_by_role("button", name="Dismiss")).to_be_in_viewport(ratio=1)
    page.locator(".batch").get_by_role("button", name="Dismiss").click()
    expect(page.locator(".batch")).to_have_count(0)
    page.reload()
    expect(tiles(page).first).to_be_visible()
    expect(page.locator(".batch")).to_have_count(0)
    assert services.shown(owner) == []
    assert alive(owner) == 60


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(page: Page, live: str, owner: User, theme: str) -> None:
    fill(owner, 40)
    make_project(owner)
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
    start(page, live, "?q=vases")
    check(page)
    button(page, "Select all").click()
    expect(bar(page)).not_to_contain_text("None")
    check(page)
    button(page, "Add to project").click()
    check(page)
    page.keyboard.press("Escape")
    button(page, "Move to trash").click()
    expect(page.locator(".batch")).to_be_visible()
    check(page)
    page.locator(".batch").get_by_role("button", name="Stop").click()
    expect(page.locator(".batch")).to_contain_text("Stopped.")
    check(page)
    tiles(page).first.hover()
    expect(tiles(page).first.locator(".tile-tools")).to_have_css("opacity", "1")
    check(page)


def check(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
