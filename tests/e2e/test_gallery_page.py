"""The gallery in a browser: filters, endless scrolling that stays light, and what is new."""

import re
from uuid import UUID, uuid4

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connection
from django.utils import timezone
from playwright.sync_api import Browser, Locator, Page, Route, expect

from accounts.models import User
from gallery import editing
from gallery.batches import services as batches
from gallery.batches.selection import Selection
from gallery.images import GeneratedImage
from gallery.models import Post, Status
from gallery.seeding.pictures import pictures
from gallery.seeding.posts import Studio, write
from tests.e2e.conftest import sign_in
from tests.e2e.posts import WATCH_SHIFTS
from tests.e2e.states import filled, next_frame, settle, visit
from tests.gallery.rows import make_exchange, make_image, make_image_model, make_project

pytestmark = [pytest.mark.e2e, pytest.mark.stack]


def fill(user: User, images: int) -> Studio:
    """A gallery of a few real pictures."""
    models = [make_image_model(slug) for slug in ("demo-shapes", "demo-dunes")]
    projects = [make_project(user)]
    studio = Studio(user, pictures(user, 9, 1), models, projects, timezone.now())
    for _made in write(studio, images):
        pass
    return studio


def tiles(page: Page) -> Locator:
    return page.locator(".tile")


def chosen_model(page: Page) -> Locator:
    return page.get_by_role("combobox", name="Model", exact=True)


def keys(page: Page) -> list[str]:
    found: list[str] = tiles(page).evaluate_all("tiles => tiles.map(one => one.dataset.key)")
    return found


def test_everything_comes_as_one_scrolls_and_the_page_stays_light(
    page: Page, live: str, owner: User
) -> None:
    fill(owner, 720)
    page.add_init_script(WATCH_SHIFTS)
    page.goto(f"{live}/gallery/")
    expect(page.get_by_text("720 images")).to_be_visible()
    seen: dict[str, None] = dict.fromkeys(keys(page))
    more = page.get_by_role("link", name="More images")
    most = 0
    for _ in range(150):
        page.locator("[data-gallery]").evaluate("node => node.scrollBy(0, 1400)")
        filled(page)
        shown = keys(page)
        seen |= dict.fromkeys(shown)
        most = max(most, len(shown))
        if not more.is_visible() and page.locator("[data-gallery]").evaluate(
            "node => node.scrollTop + node.clientHeight > node.scrollHeight - 5"
        ):
            break
    filled(page)
    seen |= dict.fromkeys(keys(page))
    assert len(seen) == 720
    assert list(seen) == sorted(seen, key=lambda key: int(key.split("-")[0]), reverse=True)
    assert most < 660
    expect(page.locator(".part[data-height]").nth(1)).to_be_attached()
    # At the end of what is there, the link to more gives way to what it brings.
    shifts = [one for one in page.evaluate("window.shifts") if '"pages"' not in str(one[1:])]
    assert sum(shift[0] for shift in shifts) < 0.01, shifts

    height = page.locator("[data-gallery]").evaluate("node => node.scrollHeight")
    page.locator("[data-gallery]").evaluate("node => { node.scrollTop = 0 }")
    expect(page.locator(f'[data-key="{next(iter(seen))}"]')).to_be_in_viewport()
    now = page.locator("[data-gallery]").evaluate("node => node.scrollHeight")
    assert abs(now - height) < height * 0.02
    assert len(keys(page)) == len(set(keys(page)))


def test_filters_are_in_the_address_and_back_restores_them(
    page: Page, live: str, owner: User
) -> None:
    fill(owner, 200)
    page.goto(f"{live}/gallery/")
    chosen_model(page).select_option("Demo Dunes")
    page.wait_for_url("**/gallery/?model=*")
    dunes = tiles(page).filter(has_text="Demo Dunes")
    expect(tiles(page).filter(has_text="Demo Shapes")).to_have_count(0)
    assert dunes.count() > 0
    page.get_by_role("link", name="Edited").click()
    page.wait_for_url("**kind=edited*")
    expect(chosen_model(page)).to_have_value(page.url.split("model=")[1].split("&")[0])
    page.get_by_role("searchbox", name="Search images").fill("nowhere-at-all")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Nothing matches")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("link", name="Edited")).to_have_attribute("aria-current", "true")
    page.go_back()
    page.go_back()
    expect(chosen_model(page)).to_have_value("")
    assert "?" not in page.url


def test_coming_back_shows_the_same_place_with_the_focus(
    page: Page, live: str, owner: User
) -> None:
    fill(owner, 400)
    page.goto(f"{live}/gallery/")
    for _ in range(12):
        page.locator("[data-gallery]").evaluate("node => node.scrollBy(0, 600)")
        filled(page)
    chosen = page.locator(".tile-frame").nth(100)
    chosen.focus()
    next_frame(page)
    identity = chosen.locator("..").get_attribute("id")
    top = page.locator(f"#{identity}").bounding_box()
    chosen.evaluate("link => { location.href = link.href }")
    page.wait_for_url("**/posts/*/")
    page.go_back()
    expect(page.locator(f"#{identity} .tile-frame")).to_be_focused()
    now = page.locator(f"#{identity}").bounding_box()
    assert top is not None
    assert now is not None
    assert abs(now["y"] - top["y"]) < 30


def test_a_new_image_arrives_in_its_place_and_a_deleted_one_goes(
    page: Page, live: str, owner: User
) -> None:
    studio = fill(owner, 90)
    visit(page, f"{live}/gallery/")
    first = keys(page)[0]
    post = Post.objects.create(owner=owner, prompt="New", status=Status.GENERATED)
    file = studio.files["4:5"][0]
    image = make_image(make_exchange(post), file=file, is_selected=True)
    editing.edit_caption(user=owner, post_id=post.pk, caption="Just now.", hashtags="")

    expect(page.locator(f"#tile-{image.pk}")).to_be_visible()
    assert keys(page)[0].split("-")[1] == image.pk.hex
    assert keys(page)[1] == first
    expect(page.get_by_role("status").filter(has_text="91 images")).to_be_visible()

    editing.delete_image(user=owner, post_id=post.pk, image_id=image.pk)
    expect(page.locator(f"#tile-{image.pk}")).to_have_count(0)
    assert len(keys(page)) == len(set(keys(page)))


def test_what_is_done_far_from_the_beginning_is_seen_too(
    page: Page, live: str, owner: User
) -> None:
    fill(owner, 150)
    visit(page, f"{live}/gallery/")
    scroller = page.locator("[data-gallery]")
    while tiles(page).count() < 150:
        scroller.evaluate("node => node.scrollBy(0, 1400)")
        filled(page)
    post = tiles(page).nth(130).get_attribute("data-post") or ""
    editing.delete(user=owner, post_id=UUID(post))
    expect(page.locator(f'.tile[data-post="{post}"]')).to_have_count(0)
    shown = keys(page)

    ids = [tiles(page).nth(place).get_attribute("id") or "" for place in (70, 80, 120)]
    chosen = Selection([UUID(one.removeprefix("tile-")) for one in ids])
    batch = batches.begin(user=owner, batch_id=uuid4(), kind="delete", selection=chosen)
    for one in ids:
        expect(page.locator(f"#{one}")).to_have_count(0)
    batches.undo(user=owner, batch_id=batch.pk)
    for one in ids:
        expect(page.locator(f"#{one}")).to_have_count(1)
    assert keys(page) == shown


def test_what_changes_before_the_page_listens_is_seen(page: Page, live: str, owner: User) -> None:
    fill(owner, 90)
    gone: list[str] = []

    def change(route: Route) -> None:
        post = Post.objects.order_by("created_at").last()
        assert post
        gone.append(str(post.pk))
        editing.delete(user=owner, post_id=post.pk)
        connection.close()  # handlers have one of their own
        route.continue_()

    page.route(re.compile(r"/js/socket\.[^/]*js"), change, times=1)
    page.goto(f"{live}/gallery/")

    expect(page.get_by_role("status").filter(has_text="90 images")).to_have_count(0)
    assert gone
    expect(page.locator(f'.tile[data-post="{gone[0]}"]')).to_have_count(0)


def test_what_changes_while_a_part_is_on_its_way_is_seen(
    page: Page, live: str, owner: User
) -> None:
    fill(owner, 90)
    gone: list[str] = []
    last = GeneratedImage.objects.order_by("created_at").first()
    assert last

    def change(route: Route) -> None:
        answer = route.fetch()
        editing.delete(user=owner, post_id=last.post_id)
        connection.close()  # handlers have one of their own
        gone.extend(re.findall(str(last.post_id), answer.text())[:1])
        with page.expect_response(re.compile("until=")):  # what the change has read anew
            pass
        route.fulfill(response=answer)

    page.route(re.compile(r"/gallery/part/\?.*after="), change, times=1)
    visit(page, f"{live}/gallery/")
    page.locator("[data-gallery]").evaluate("node => node.scrollBy(0, node.scrollHeight)")
    expect(tiles(page).nth(80)).to_be_attached()

    expect(page.locator(f'.tile[data-post="{last.post_id}"]')).to_have_count(0)
    assert gone


def test_a_day_can_be_jumped_to_and_one_goes_back_up_from_it(
    page: Page, live: str, owner: User
) -> None:
    fill(owner, 300)
    day = GeneratedImage.objects.order_by("-created_at")[150].created_at.date()
    page.goto(f"{live}/gallery/?at={day.isoformat()}")
    expect(tiles(page).first).to_be_visible()
    filled(page)
    seen = dict.fromkeys(keys(page))
    for _ in range(30):
        page.locator("[data-gallery]").evaluate("node => { node.scrollTop = 0 }")
        filled(page)
        seen |= dict.fromkeys(keys(page))
    newest = GeneratedImage.objects.order_by("-created_at")[0]
    assert any(newest.pk.hex in key for key in seen)
    shown = keys(page)
    assert shown == sorted(shown, key=lambda key: int(key.split("-")[0]), reverse=True)


def test_the_gallery_can_be_used_without_scripts(browser: Browser, live: str, owner: User) -> None:
    fill(owner, 130)
    context = browser.new_context(java_script_enabled=False)
    sign_in(context, live, owner)
    page = context.new_page()
    page.goto(f"{live}/gallery/")
    expect(tiles(page)).to_have_count(60)
    page.get_by_role("link", name="More images").click()
    expect(tiles(page)).to_have_count(60)
    page.get_by_role("link", name="More images").click()
    expect(tiles(page)).to_have_count(10)
    page.get_by_role("combobox", name="Aspect ratio").select_option("1:1")
    page.get_by_role("button", name="Show").last.click()
    assert "ratio=1" in page.url
    assert 0 < tiles(page).count() < 60
    context.close()


ADDRESSES = ["", "?q=vases&sort=best&kind=edited&ratio=1:1", "?q=zyzzyva"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(page: Page, live: str, owner: User, theme: str) -> None:
    fill(owner, 40)
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
    for address in ADDRESSES:
        page.goto(f"{live}/gallery/{address}")
        found = Axe().run(page)
        assert found.violations_count == 0, (address, found.generate_report())
    page.get_by_role("button", name="Any date").click()
    expect(page.get_by_label("Jump to")).to_be_visible()
    settle(page)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_a_narrow_page_does_not_scroll_sideways(page: Page, live: str, owner: User) -> None:
    fill(owner, 40)
    page.set_viewport_size({"width": 320, "height": 640})
    for address in ADDRESSES:
        page.goto(f"{live}/gallery/{address}")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        inner = page.locator("#main > .scroll")
        assert inner.evaluate("node => node.scrollWidth <= node.clientWidth")
    page.get_by_role("button", name="Filters", exact=True).click()
    page.get_by_role("combobox", name="Order").select_option("Oldest")
    page.wait_for_url("**sort=oldest*")
