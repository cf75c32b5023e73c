"""The trash in a real browser: by mouse, by keyboard, in two tabs, without scripts."""

import re
import uuid
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from accounts.models import User
from chat import thread_services
from chat.models import Thread
from gallery import editing
from gallery.batches import services as batches
from gallery.batches.selection import Selection
from gallery.images import GeneratedImage
from gallery.models import Post
from gallery.trash.listing import PAGE
from tests.e2e.conftest import sign_in
from tests.e2e.states import settle, visit
from tests.gallery.rows import make_post, make_project
from tests.gallery.trash import ago

pytestmark = [pytest.mark.e2e, pytest.mark.stack]


def make_thread(owner: User, title: str, days: float) -> Thread:
    return Thread.objects.create(owner=owner, title=title, deleted_at=ago(days))


@pytest.fixture
def trash(page: Page, live: str, owner: User) -> Page:
    """Three chats and a project."""
    make_thread(owner, "Kiln schedule", 29.5)
    make_thread(owner, "Glaze notes", 20)
    make_thread(owner, "Supplier email", 3)
    make_project(owner, "Spring collection", deleted_at=ago(10))
    visit(page, f"{live}/gallery/trash/")
    return page


@pytest.fixture
def plain(browser: Browser, live: str, owner: User) -> Iterator[Page]:
    """A browser that runs no scripts."""
    context = browser.new_context(java_script_enabled=False)
    sign_in(context, live, owner)
    yield context.new_page()
    context.close()


def titles(page: Page) -> list[str]:
    return page.locator("#trash-rows .row-title").all_inner_texts()


def assert_accessible(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []


def test_restoring_can_be_undone(trash: Page, owner: User) -> None:
    assert titles(trash) == ["Kiln schedule", "Glaze notes", "Spring collection", "Supplier email"]
    trash.get_by_role("button", name="Restore Glaze notes").click()

    expect(trash.locator("#trash-rows li")).to_have_count(3)
    expect(trash.locator("#threads")).to_contain_text("Glaze notes")
    expect(trash.get_by_text("3 items")).to_be_visible()
    trash.locator("#toasts").get_by_role("button", name="Undo").click()

    expect(trash.locator("#trash-rows li")).to_have_count(4)
    expect(trash.locator("#threads")).not_to_contain_text("Glaze notes")
    assert Thread.objects.get(title="Glaze notes").deleted_at is not None


def test_it_is_the_same_in_every_tab(trash: Page, live: str, owner: User) -> None:
    other = trash.context.new_page()
    visit(other, f"{live}/gallery/trash/")
    post = make_post(owner, "Three vases", images=0)
    editing.delete(user=owner, post_id=post.pk)
    for page in (trash, other):
        expect(page.get_by_role("heading", name="Three vases")).to_be_visible()
        expect(page.get_by_text("5 items")).to_be_visible()

    other.get_by_role("button", name="Restore Kiln schedule").click()
    for page in (trash, other):
        expect(page.get_by_role("heading", name="Kiln schedule")).to_have_count(0)

    other.get_by_role("link", name="Delete Three vases for good").click()
    other.get_by_role("dialog").get_by_role("button", name="Delete for good").click()
    for page in (trash, other):
        expect(page.get_by_role("heading", name="Three vases")).to_have_count(0)
    assert not Post.objects.exists()


def test_delete_for_good_asks_first(trash: Page) -> None:
    link = trash.get_by_role("link", name="Delete Glaze notes for good")
    link.click()
    dialog = trash.get_by_role("dialog", name="Delete “Glaze notes” for good?")
    expect(dialog).to_contain_text("It cannot be brought back.")
    expect(dialog.get_by_role("link", name="Cancel")).to_be_focused()
    dialog.get_by_role("link", name="Cancel").click()
    expect(dialog).to_have_count(0)
    expect(link).to_be_focused()
    assert Thread.objects.filter(title="Glaze notes").exists()

    link.click()
    dialog.get_by_role("button", name="Delete for good").click()

    expect(trash.locator("#toasts")).to_contain_text("Deleted for good.")
    expect(trash.locator("#trash-rows li")).to_have_count(3)
    expect(trash.get_by_role("button", name="Restore Spring collection")).to_be_focused()
    assert not Thread.objects.filter(title="Glaze notes").exists()


def test_all_of_it_goes_by_keyboard(trash: Page) -> None:
    trash.get_by_role("link", name="Empty trash").focus()
    trash.keyboard.press("Enter")
    dialog = trash.get_by_role("dialog", name="Delete 4 items for good?")
    expect(dialog).to_be_visible()
    trash.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(trash.get_by_role("link", name="Empty trash")).to_be_focused()

    trash.keyboard.press("Enter")
    expect(dialog.get_by_role("link", name="Cancel")).to_be_focused()
    trash.keyboard.press("Tab")
    trash.keyboard.press("Enter")

    expect(trash.get_by_role("heading", name="The trash is empty")).to_be_visible()
    expect(trash.get_by_role("link", name="Empty trash")).to_have_count(0)
    expect(trash.locator("#trash-title")).to_be_focused()


def test_restoring_by_keyboard_goes_on_to_the_next(trash: Page) -> None:
    trash.get_by_role("button", name="Restore Kiln schedule").focus()
    for name in ("Glaze notes", "Spring collection", "Supplier email"):
        trash.keyboard.press("Enter")
        expect(trash.get_by_role("button", name=f"Restore {name}")).to_be_focused()
    trash.keyboard.press("Enter")
    expect(trash.get_by_role("heading", name="The trash is empty")).to_be_visible()
    expect(trash.locator("#trash-title")).to_be_focused()


def test_what_is_gone_elsewhere_is_said(trash: Page, owner: User) -> None:
    thread = Thread.objects.get(title="Glaze notes")
    Thread.objects.filter(pk=thread.pk).delete()  # and nothing is told

    trash.get_by_role("button", name="Restore Glaze notes").click()

    expect(trash.locator("#toasts")).to_contain_text("This is not in your trash any more.")
    expect(trash.locator("#trash-rows li")).to_have_count(3)


def test_further_pages_come_when_they_are_scrolled_to_and_stay(
    page: Page, live: str, owner: User
) -> None:
    rows = [make_thread(owner, f"Chat {number:03}", 20 - number / 10) for number in range(PAGE * 2)]
    visit(page, f"{live}/gallery/trash/")
    expect(page.locator("#trash-rows li.row")).to_have_count(PAGE)

    page.locator("#trash-more").scroll_into_view_if_needed()
    expect(page.locator("#trash-rows li.row")).to_have_count(PAGE * 2)
    expect(page.locator("#trash-more")).to_have_count(0)
    thread_services.restore(user=owner, thread_id=rows[60].pk)

    expect(page.get_by_role("heading", name="Chat 060")).to_have_count(0)
    expect(page.locator("#trash-rows li.row")).to_have_count(PAGE * 2 - 1)


def test_without_scripts_all_of_it_works(plain: Page, live: str, owner: User) -> None:
    make_thread(owner, "Kiln schedule", 29.5)
    make_thread(owner, "Glaze notes", 20)
    make_thread(owner, "Supplier email", 3)
    plain.goto(f"{live}/gallery/trash/")
    plain.get_by_role("button", name="Restore Glaze notes").click()
    expect(plain.locator("#trash-rows li")).to_have_count(2)
    expect(plain.get_by_text("Restored.")).to_be_visible()

    plain.get_by_role("link", name="Delete Kiln schedule for good").click()
    expect(plain.get_by_role("heading", name="Delete “Kiln schedule” for good?")).to_be_visible()
    plain.get_by_role("button", name="Delete for good").click()
    expect(plain.locator("#trash-rows li")).to_have_count(1)

    plain.get_by_role("link", name="Empty trash").click()
    plain.get_by_role("button", name="Delete 1 item").click()
    expect(plain.get_by_role("heading", name="The trash is empty")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 360])
def test_it_is_accessible_and_fits(trash: Page, live: str, theme: str, width: int) -> None:
    trash.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    trash.set_viewport_size({"width": width, "height": 800})
    settle(trash)
    assert_accessible(trash)
    assert trash.evaluate("document.documentElement.scrollWidth <= innerWidth")

    trash.get_by_role("link", name=re.compile("Empty trash")).click()
    expect(trash.get_by_role("dialog")).to_be_visible()
    settle(trash)
    assert_accessible(trash)
    trash.keyboard.press("Escape")
    trash.goto(f"{live}/gallery/trash/empty/")
    settle(trash)
    assert_accessible(trash)


def test_the_sidebar_leads_there(context: BrowserContext, page: Page, live: str) -> None:
    page.goto(f"{live}/chat/")
    page.get_by_role("link", name="Trash").click()
    expect(page.get_by_role("heading", name="The trash is empty")).to_be_visible()
    expect(page.get_by_role("link", name="Trash")).to_have_attribute("aria-current", "page")
    assert_accessible(page)


def test_what_was_deleted_together_comes_back_together(page: Page, live: str, owner: User) -> None:
    images = [image.pk for image in make_post(owner, "Three vases", images=3).images.all()]
    batches.begin(user=owner, batch_id=uuid.uuid4(), kind="delete", selection=Selection(images[:2]))
    make_thread(owner, "Glaze notes", 20)
    visit(page, f"{live}/gallery/trash/")
    expect(page.get_by_role("list", name="Deleted together")).to_contain_text("2 images")
    assert len(titles(page)) == 3
    assert_accessible(page)

    page.get_by_role("button", name="Restore 2 images").press("Enter")

    expect(page.locator("#trash-together")).to_have_count(0)
    expect(page.locator("#toasts")).to_contain_text("2 images restored.")
    assert titles(page) == ["Glaze notes"]
    assert GeneratedImage.objects.filter(deleted_at=None).count() == 3


# --- Selecting ---


def bar(page: Page) -> Locator:
    return page.get_by_role("form", name="Selection")


def test_several_come_back_at_once_and_undo_puts_them_back(trash: Page, owner: User) -> None:
    expect(bar(trash)).to_be_hidden()
    trash.get_by_role("button", name="Select").click()
    expect(bar(trash)).to_contain_text("None selected")
    expect(bar(trash).get_by_role("button", name="Restore")).to_be_disabled()
    trash.get_by_role("checkbox", name="Select Glaze notes").click()
    trash.get_by_role("heading", name="Spring collection").click()  # anywhere in the row
    expect(bar(trash)).to_contain_text("2 selected")

    bar(trash).get_by_role("button", name="Restore").click()

    expect(trash.locator("#toasts")).to_contain_text("2 items restored.")
    expect(trash.locator("#trash-rows li")).to_have_count(2)
    expect(bar(trash)).to_be_hidden()
    assert Thread.objects.get(title="Glaze notes").deleted_at is None
    trash.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(trash.locator("#trash-rows li")).to_have_count(4)
    assert Thread.objects.get(title="Glaze notes").deleted_at is not None


def test_a_selection_is_made_by_keyboard_and_deleted_for_good(trash: Page) -> None:
    trash.get_by_role("button", name="Select").press("Enter")
    expect(trash.get_by_role("checkbox", name="Select Kiln schedule")).to_be_focused()
    trash.keyboard.press("Space")
    trash.get_by_role("checkbox", name="Select Spring collection").focus()
    trash.keyboard.down("Shift")
    trash.keyboard.press("Space")  # as a click does it, with all between
    trash.keyboard.up("Shift")
    expect(bar(trash)).to_contain_text("3 selected")
    trash.keyboard.press("Control+a")
    expect(bar(trash)).to_contain_text("4 selected")
    trash.get_by_role("checkbox", name="Select Supplier email").press("Space")

    delete = bar(trash).get_by_role("button", name="Delete for good")
    delete.press("Enter")
    dialog = trash.get_by_role("dialog", name="Delete 3 items for good?")
    expect(dialog.get_by_role("link", name="Cancel")).to_be_focused()
    trash.keyboard.press("Escape")
    expect(delete).to_be_focused()
    expect(bar(trash)).to_contain_text("3 selected")
    delete.press("Enter")
    dialog.get_by_role("button", name="Delete 3 items").press("Enter")

    expect(trash.locator("#toasts")).to_contain_text("3 items deleted for good.")
    expect(trash.locator("#trash-rows li")).to_have_count(1)
    expect(bar(trash)).to_be_hidden()
    expect(trash.get_by_role("button", name="Select")).to_be_focused()
    assert list(Thread.objects.values_list("title", flat=True)) == ["Supplier email"]


def test_escape_leaves_and_the_focus_returns(trash: Page) -> None:
    button = trash.get_by_role("button", name="Select")
    button.press("Enter")
    trash.keyboard.press("Space")
    trash.keyboard.press("Escape")
    expect(bar(trash)).to_be_hidden()
    expect(button).to_be_focused()
    button.press("Enter")
    expect(bar(trash)).to_contain_text("None selected")
    trash.get_by_role("button", name="Done").click()
    expect(bar(trash)).to_be_hidden()


def test_a_selection_outlives_what_happens_in_another_tab(trash: Page, owner: User) -> None:
    trash.get_by_role("button", name="Select").click()
    for name in ("Kiln schedule", "Supplier email"):
        trash.get_by_role("checkbox", name=f"Select {name}").check()
    thread = Thread.objects.get(title="Kiln schedule")
    thread_services.restore(user=owner, thread_id=thread.pk)

    expect(trash.locator("#trash-rows li")).to_have_count(3)
    expect(bar(trash)).to_contain_text("1 selected")
    expect(trash.get_by_role("checkbox", name="Select Supplier email")).to_be_checked()


def test_what_is_gone_meanwhile_is_told(trash: Page) -> None:
    trash.get_by_role("button", name="Select").click()
    trash.keyboard.press("Control+a")
    Thread.objects.filter(title="Glaze notes").delete()  # and nothing is told

    bar(trash).get_by_role("button", name="Restore").click()

    said = "3 items restored. 1 is not in the trash any more."
    expect(trash.locator("#toasts")).to_contain_text(said)
    expect(trash.get_by_role("heading", name="The trash is empty")).to_be_visible()
    expect(trash.locator("#trash-title")).to_be_focused()


def test_several_without_scripts(plain: Page, live: str, owner: User) -> None:
    for title in ("Kiln schedule", "Glaze notes", "Supplier email"):
        make_thread(owner, title, 20)
    plain.goto(f"{live}/gallery/trash/")
    plain.get_by_role("checkbox", name="Select Glaze notes").check()
    bar(plain).get_by_role("button", name="Restore").click()
    expect(plain.get_by_text("1 item restored.")).to_be_visible()
    bar(plain).get_by_role("button", name="Restore").click()
    expect(plain.get_by_text("Select at least one item.")).to_be_visible()

    for title in ("Kiln schedule", "Supplier email"):
        plain.get_by_role("checkbox", name=f"Select {title}").check()
    bar(plain).get_by_role("button", name="Delete for good").click()
    plain.get_by_role("button", name="Delete 2 items").click()
    expect(plain.get_by_text("2 items deleted for good.")).to_be_visible()
    expect(plain.get_by_role("heading", name="The trash is empty")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 360])
def test_selecting_is_accessible_and_fits(trash: Page, theme: str, width: int) -> None:
    trash.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    trash.set_viewport_size({"width": width, "height": 800})
    trash.get_by_role("button", name="Select").click()
    trash.keyboard.press("Control+a")
    settle(trash)
    assert_accessible(trash)
    assert trash.evaluate("document.documentElement.scrollWidth <= innerWidth")
