"""The chat by keyboard and for screen readers, in a real browser."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from accounts.models import User
from tests.e2e.states import settle
from tests.e2e.test_chat_page import articles, box, button, finish, start_chat

pytestmark = [pytest.mark.e2e, pytest.mark.stack]

PARTS = ["page", "picker", "settings of the chat", "shortcuts", "search", "preferences"]


def sheet(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Keyboard shortcuts")


def blur(page: Page) -> None:
    page.evaluate("document.activeElement.blur()")


def test_the_sheet_opens_on_a_question_mark_but_not_while_typing(page: Page, live: str) -> None:
    page.goto(f"{live}/chat/")
    box(page).press("?")
    expect(box(page)).to_have_value("?")
    expect(sheet(page)).to_be_hidden()
    blur(page)
    page.keyboard.press("?")
    expect(sheet(page)).to_be_visible()
    page.keyboard.press("?")
    expect(sheet(page)).to_be_hidden()
    box(page).press("Control+/")
    expect(sheet(page)).to_be_visible()
    page.keyboard.press("Escape")
    expect(box(page)).to_be_focused()
    button(page, "owner").click()
    page.get_by_role("button", name="Keyboard shortcuts").click()
    expect(sheet(page)).to_be_visible()


def test_the_sheet_lists_every_shortcut_with_words(page: Page, live: str) -> None:
    page.goto(f"{live}/chat/")
    box(page).press("Control+/")
    rows = sheet(page).locator("dl > div")
    assert rows.count() > 15
    for row in rows.all():
        assert row.locator("dt").inner_text().strip()
        assert row.locator("kbd").count()


def test_a_mac_sees_its_own_symbols(page: Page, live: str) -> None:
    page.add_init_script("Object.defineProperty(navigator, 'platform', {get: () => 'MacIntel'})")
    page.goto(f"{live}/chat/")
    box(page).press("Meta+/")
    expect(sheet(page)).to_contain_text("⌘")
    expect(sheet(page)).not_to_contain_text("Ctrl+")


def test_single_keys_can_be_switched_off(page: Page, live: str, owner: User) -> None:
    User.objects.filter(pk=owner.pk).update(single_keys=False)
    page.goto(f"{live}/chat/")
    blur(page)
    page.keyboard.press("?")
    page.keyboard.press("/")
    expect(sheet(page)).to_be_hidden()
    expect(box(page)).not_to_be_focused()


def test_escape_stops_the_answer_and_not_what_a_menu_closes(page: Page, live: str) -> None:
    start_chat(page, live, "Write 500 words about clay")
    button(page, "Options for Write 500 words about clay").first.press("Enter")
    page.keyboard.press("Escape")
    expect(button(page, "Stop")).to_be_visible()
    box(page).press("Escape")
    expect(page.get_by_text("Stopped")).to_be_visible()


def test_messages_are_walked_and_acted_on_by_keyboard(page: Page, live: str) -> None:
    start_chat(page, live, "Hello")
    finish(page)
    box(page).press("Control+ArrowUp")
    expect(articles(page).last).to_be_focused()
    page.keyboard.press("k")
    expect(articles(page).first).to_be_focused()
    page.keyboard.press("e")
    expect(page.get_by_role("textbox", name="New wording")).to_be_focused()
    page.keyboard.press("Escape")
    box(page).press("Control+ArrowUp")
    page.keyboard.press("r")
    expect(button(page, "Stop")).to_be_visible()
    finish(page)
    expect(page.get_by_text("2/2").first).to_be_visible()
    blur(page)
    page.keyboard.press("k")
    expect(articles(page).last).to_be_focused()
    page.keyboard.press("Escape")
    expect(box(page)).to_be_focused()


def test_chats_are_changed_and_begun_by_keyboard(page: Page, live: str) -> None:
    start_chat(page, live, "First")
    finish(page)
    first = page.url
    box(page).press("Control+Shift+O")
    expect(page.get_by_role("heading", name="What shall we work on?")).to_be_visible()
    box(page).fill("Second")
    box(page).press("Enter")
    finish(page)
    second = page.url
    assert second != first
    box(page).press("Alt+ArrowDown")
    page.wait_for_url(first)
    box(page).press("Alt+ArrowUp")
    page.wait_for_url(second)
    box(page).press("Control+.")
    expect(page.locator("#threads a[aria-current]")).to_be_focused()
    page.keyboard.press("/")
    expect(box(page)).to_be_focused()


def test_the_last_answer_is_copied_by_keyboard(page: Page, live: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    start_chat(page, live, "Hello")
    finish(page)
    box(page).press("Control+Shift+C")
    expect(page.locator("#announcer")).to_have_text("Copied")
    assert "Hello" in page.evaluate("navigator.clipboard.readText()")


def test_the_skip_link_leads_to_the_message_box(page: Page, live: str) -> None:
    page.goto(f"{live}/chat/")
    page.get_by_role("link", name="Skip to the message box").press("Enter")
    expect(box(page)).to_be_focused()


def test_screen_readers_hear_the_start_and_the_end_of_an_answer_only(page: Page, live: str) -> None:
    page.goto(f"{live}/chat/")
    page.evaluate(
        """() => {
            window.heard = [];
            const region = document.getElementById("announcer");
            new MutationObserver(() => window.heard.push(region.textContent))
                .observe(region, {childList: true, characterData: true, subtree: true});
        }"""
    )
    box(page).fill("Hello")
    box(page).press("Enter")
    finish(page)
    assert page.evaluate("window.heard") == ["Answer started", "Answer complete"]
    assert page.locator(".prose").get_attribute("aria-live") == "off"


def show(page: Page, live: str, part: str) -> None:
    if part == "preferences":
        page.goto(f"{live}/settings/")
        return
    page.goto(f"{live}/chat/")
    box(page).fill("Hello")
    box(page).press("Enter")
    finish(page)
    box(page).fill("More")
    if part == "picker":
        page.locator("[data-pick]").click()
        expect(page.get_by_role("option").first).to_be_visible()
    elif part == "settings of the chat":
        button(page, "Chat settings").click()
    elif part == "shortcuts":
        box(page).press("Control+/")
    elif part == "search":
        box(page).press("Control+k")
        expect(page.get_by_role("option").first).to_be_visible()
    settle(page)  # what fades in has no contrast yet


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("part", PARTS)
def test_axe_finds_nothing(page: Page, live: str, part: str, theme: str) -> None:
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    show(page, live, part)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("part", PARTS)
def test_a_narrow_or_zoomed_page_does_not_scroll_sideways(page: Page, live: str, part: str) -> None:
    """320 pixels is 1,280 at a zoom of 400 %."""
    page.set_viewport_size({"width": 320, "height": 640})
    show(page, live, part)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for dialog in page.locator("dialog[open], [popover]:popover-open").all():
        assert dialog.evaluate("node => node.scrollWidth <= node.clientWidth")
