"""The list of threads in a real browser: two pages of one person, by mouse and by keyboard."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, Route, expect

from accounts.models import User
from chat.models import Message, Role, Thread
from tests.e2e.conftest import sign_in
from tests.e2e.states import settle

pytestmark = [pytest.mark.e2e, pytest.mark.stack]

TITLES = ["Kiln notes", "Glaze tests", "Bowl names"]


@pytest.fixture
def threads(owner: User) -> list[Thread]:
    """The newest first, each with a message that says its title backwards."""
    made = []
    for number, title in enumerate(TITLES):
        at = timezone.now() - timedelta(minutes=number)
        thread = Thread.objects.create(owner=owner, title=title, last_activity_at=at, revision=1)
        thread.leaf = Message.objects.create(
            thread=thread, role=Role.USER, author=owner, content=title[::-1], revision=1
        )
        thread.save()
        made.append(thread)
    return made


@pytest.fixture
def pages(page: Page, live: str, threads: list[Thread]) -> tuple[Page, Page]:
    other = page.context.new_page()
    for one in (page, other):
        one.goto(f"{live}/chat/")
        expect(titles(one)).to_have_text(TITLES)
    return page, other


def titles(page: Page) -> Locator:
    return page.locator("#threads li.thread a")


def row(page: Page, title: str) -> Locator:
    return page.locator("#threads li.thread", has_text=title)


def menu(page: Page, title: str, item: str) -> None:
    row(page, title).hover()
    page.get_by_role("button", name=f"Options for {title}").click()
    page.get_by_role("menuitem", name=item).click()


def groups(page: Page) -> list[list[str]]:
    found: list[list[str]] = page.locator("#threads [data-group]").evaluate_all(
        "all => all.map(g => [g.dataset.group, ...Array.from(g.querySelectorAll('li a'),"
        " a => a.textContent)])"
    )
    return found


def test_pins_move_between_groups_in_every_tab(pages: tuple[Page, Page]) -> None:
    here, there = pages
    menu(here, "Glaze tests", "Pin")
    for one in pages:
        expect(titles(one)).to_have_text(["Glaze tests", "Kiln notes", "Bowl names"])
    menu(there, "Bowl names", "Pin")
    for one in pages:
        expect(titles(one)).to_have_text(["Bowl names", "Glaze tests", "Kiln notes"])
    menu(there, "Glaze tests", "Unpin")
    menu(here, "Bowl names", "Unpin")
    for one in pages:
        expect(titles(one)).to_have_text(TITLES)
        assert groups(one) == [["Today", *TITLES]]


def test_renaming_by_keyboard_and_what_arrives_meanwhile(pages: tuple[Page, Page]) -> None:
    here, there = pages
    titles(here).nth(1).focus()
    here.keyboard.press("F2")
    box = here.get_by_role("textbox", name="Title")
    expect(box).to_have_value("Glaze tests")
    here.keyboard.type("Ash glaze")
    menu(there, "Glaze tests", "Mute")
    expect(row(there, "Glaze tests").get_by_text("Muted")).to_be_attached()
    expect(box).to_have_value("Ash glaze")
    here.keyboard.press("Enter")
    for one in pages:
        expect(titles(one)).to_have_text(["Kiln notes", "Ash glaze", "Bowl names"])
    expect(titles(here).nth(1)).to_be_focused()
    expect(row(here, "Ash glaze").get_by_text("Muted")).to_be_attached()


def test_escape_leaves_the_title(pages: tuple[Page, Page]) -> None:
    here, _there = pages
    menu(here, "Kiln notes", "Rename")
    here.keyboard.type("Something else")
    here.keyboard.press("Escape")
    expect(here.get_by_role("textbox", name="Title")).to_have_count(0)
    here.reload()
    for one in pages:
        expect(titles(one)).to_have_text(TITLES)


def test_a_rename_that_is_lost_keeps_its_text(pages: tuple[Page, Page]) -> None:
    here, _there = pages
    here.route("**/rename/", lambda route: route.abort())
    menu(here, "Kiln notes", "Rename")
    here.keyboard.type("Firing")
    here.keyboard.press("Enter")
    expect(here.locator("#toasts")).to_contain_text("could not be changed")
    expect(here.get_by_role("textbox", name="Title")).to_have_value("Firing")
    here.unroute("**/rename/")
    here.keyboard.press("Enter")
    expect(titles(here).first).to_have_text("Firing")


def test_delete_closes_the_open_page_elsewhere_and_undo_opens_it_again(
    pages: tuple[Page, Page], threads: list[Thread]
) -> None:
    here, there = pages
    titles(there).first.click()
    there.wait_for_url(re.compile(str(threads[0].pk)))
    menu(here, "Kiln notes", "Delete")
    expect(there.get_by_role("heading", name="What shall we work on?")).to_be_visible()
    expect(there.locator("#toasts")).to_contain_text("not available any more")
    for one in pages:
        expect(titles(one)).to_have_text(TITLES[1:])
    here.get_by_role("button", name="Undo").click()
    for one in pages:
        expect(titles(one)).to_have_text(TITLES)
    there.wait_for_url(re.compile(str(threads[0].pk)))
    expect(there.get_by_role("article")).to_have_count(1)


def test_deleting_the_open_thread_leaves_it_and_undo_returns(
    page: Page, live: str, threads: list[Thread]
) -> None:
    page.goto(f"{live}/chat/{threads[1].pk}/")
    page.get_by_role("button", name="Chat options", exact=True).click()
    page.keyboard.press("End")
    expect(page.get_by_role("menuitem", name="Delete")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/chat/$"))
    page.get_by_role("button", name="Undo").click()
    page.wait_for_url(re.compile(str(threads[1].pk)))
    expect(titles(page)).to_have_text(TITLES)


def test_the_archive_follows(pages: tuple[Page, Page], live: str) -> None:
    here, archive = pages
    archive.goto(f"{live}/chat/archive/")
    expect(archive.get_by_text("No chat is archived.")).to_be_visible()
    menu(here, "Bowl names", "Archive")
    expect(archive.locator("#archive h2")).to_have_text(["Bowl names"])
    expect(titles(here)).to_have_text(TITLES[:2])
    archive.get_by_role("button", name="Take Bowl names out").click()
    expect(archive.get_by_text("No chat is archived.")).to_be_visible()
    for one in pages:
        expect(titles(one)).to_have_text(TITLES)


def test_search_by_keyboard(page: Page, live: str, threads: list[Thread]) -> None:
    page.goto(f"{live}/chat/")
    page.keyboard.press("Control+k")
    box = page.get_by_role("combobox", name="Search chats")
    options = page.get_by_role("option")
    expect(box).to_be_focused()
    expect(options.filter(has_text="Kiln notes")).to_be_visible()
    page.keyboard.type("gla")
    expect(page.locator("#palette mark")).to_have_text(["Glaze"])
    page.keyboard.press("Control+A")
    page.keyboard.type("eman")  # the beginning of "seman" it is not
    expect(page.get_by_text("Nothing was found.")).to_be_visible()
    page.keyboard.press("Control+A")
    page.keyboard.type("seman lwob")
    expect(options).to_have_count(1)
    expect(box).to_have_attribute("aria-activedescendant", str(options.get_attribute("id")))
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(f"{threads[2].pk}/#message-{threads[2].leaf_id}"))
    expect(page.locator("#palette")).to_be_hidden()
    expect(page.get_by_role("article")).to_have_attribute("data-found", "")


def test_the_last_search_counts(page: Page, live: str, threads: list[Thread]) -> None:
    page.goto(f"{live}/chat/")
    page.get_by_role("button", name="Search chats").click()
    slow = re.compile(r"q=kil$")
    held: list[Route] = []
    page.route(slow, lambda route: held.append(route))
    with page.expect_request(slow):
        page.keyboard.type("kil")
    page.keyboard.press("Control+A")
    page.keyboard.type("bowl")
    option = page.get_by_role("option")
    expect(option).to_have_count(1)
    for route in held:
        route.continue_()
    settle(page)
    expect(option).to_have_count(1)
    expect(option).to_contain_text("Bowl")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Search chats")).to_be_focused()


def test_enter_waits_for_what_was_typed(page: Page, live: str, threads: list[Thread]) -> None:
    page.goto(f"{live}/chat/")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.type("bowl")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(str(threads[2].pk)))


def test_the_list_is_by_the_readers_days(page: Page, live: str, owner: User) -> None:
    """Also on the very first page, which is made before the browser told its time zone."""
    now = timezone.now()
    if now.hour >= 10:  # fourteen hours ahead it is already tomorrow
        zone, at, day = "Etc/GMT-14", now.replace(hour=9), "Yesterday"
    else:  # twelve hours behind it is still yesterday
        zone, at, day = "Etc/GMT+12", now.replace(hour=13) - timedelta(days=1), "Today"
    Thread.objects.create(owner=owner, title="One", last_activity_at=at)
    assert page.context.browser is not None
    context = page.context.browser.new_context(timezone_id=zone)
    sign_in(context, live, owner)
    page = context.new_page()

    page.goto(f"{live}/chat/")
    expect(page.locator("body")).to_have_attribute("data-time-zone", "UTC")
    expect(page.locator("#threads h2")).to_have_text([day])
    page.reload()
    expect(page.locator("body")).to_have_attribute("data-time-zone", zone)
    expect(page.locator("#threads h2")).to_have_text([day])
    context.close()


def test_further_pages_stay_when_a_row_moves(page: Page, live: str, owner: User) -> None:
    now = timezone.now()
    Thread.objects.bulk_create(
        Thread(owner=owner, title=f"Thread {number}", last_activity_at=now - timedelta(days=number))
        for number in range(70)
    )
    page.goto(f"{live}/chat/")
    expect(titles(page)).to_have_count(50)
    page.locator(".threads").evaluate("list => (list.scrollTop = list.scrollHeight)")
    expect(titles(page)).to_have_count(70)

    menu(page, "Thread 60", "Pin")
    expect(titles(page).first).to_have_text("Thread 60")
    expect(titles(page)).to_have_count(70)
    menu(page, "Thread 60", "Unpin")
    expect(titles(page).nth(60)).to_have_text("Thread 60")
    assert titles(page).all_inner_texts() == [f"Thread {number}" for number in range(70)]
