"""Chat in a real browser, with the demo model. `live` is the address of a running stack, `page` a
page signed in to it."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Motion

pytestmark = [pytest.mark.e2e, pytest.mark.stack]

THREAD = re.compile(r"/chat/[0-9a-f-]{36}/$")
WAIT = "Please wait for the current response to complete before sending another message"


@pytest.fixture
def motion() -> Motion:
    return "no-preference"


def box(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Message")


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def articles(page: Page) -> Locator:
    return page.get_by_role("log", name="Messages").get_by_role("article")


def streaming(page: Page) -> Locator:
    return page.locator("[data-stream] > *")


def start_chat(page: Page, live: str, text: str) -> None:
    """A new chat whose answer has begun."""
    page.goto(f"{live}/chat/")
    box(page).fill(text)
    box(page).press("Enter")
    expect(streaming(page).first).to_be_visible()
    page.wait_for_url(THREAD)


def finish(page: Page) -> None:
    expect(button(page, "Send")).to_be_visible(timeout=60_000)


def messages_html(page: Page) -> str:
    html: str = page.locator("#log").evaluate("log => log.innerHTML")
    return " ".join(html.replace(' data-htmx-powered="true"', "").split())


def test_a_first_message_appears_at_once_and_becomes_a_thread(page: Page, live: str) -> None:
    page.goto(f"{live}/chat/")
    box(page).fill("Hello there")
    box(page).press("Enter")
    expect(articles(page).first).to_contain_text("Hello there")
    expect(box(page)).to_have_value("")
    expect(button(page, "Stop")).to_be_visible()
    expect(button(page, "Send")).to_be_hidden()
    page.wait_for_url(THREAD)
    finish(page)
    expect(articles(page)).to_have_count(2)


def test_a_finished_page_equals_a_fresh_load(page: Page, live: str) -> None:
    start_chat(page, live, "Write a table and some code")
    finish(page)
    seen = messages_html(page)
    page.reload()
    assert messages_html(page) == seen


def test_an_answer_goes_on_over_a_reload_and_in_a_second_tab(page: Page, live: str) -> None:
    start_chat(page, live, "Write 500 words about clay")
    second = page.context.new_page()
    second.goto(page.url)
    page.reload()
    expect(streaming(page).first).to_be_visible()
    expect(streaming(second).first).to_be_visible()
    finish(page)
    finish(second)
    assert articles(page).all_inner_texts() == articles(second).all_inner_texts()


def test_stop_keeps_the_text_so_far(page: Page, live: str) -> None:
    start_chat(page, live, "Write 500 words about clay")
    button(page, "Stop").click()
    expect(page.get_by_text("Stopped")).to_be_visible()
    expect(button(page, "Send")).to_be_visible()
    expect(articles(page).last.locator(".prose")).not_to_be_empty()


def test_a_second_message_waits_and_its_text_is_not_lost(page: Page, live: str) -> None:
    start_chat(page, live, "Write 500 words about clay")
    expect(box(page)).to_have_attribute("placeholder", "Waiting for response…")
    box(page).fill("and then")
    box(page).press("Enter")
    expect(page.get_by_text(WAIT)).to_be_visible()
    expect(box(page)).to_have_value("and then")
    button(page, "Stop").click()


def test_the_sidebar_spins_for_a_thread_that_is_not_open(page: Page, live: str) -> None:
    start_chat(page, live, "Write 500 words about clay")
    row = page.locator(f"#thread-{page.url.rstrip('/').rpartition('/')[2]}")
    page.get_by_role("link", name="New chat").first.click()
    expect(row.get_by_text("Generating")).to_be_attached()
    row.get_by_role("link").click()
    expect(streaming(page).first).to_be_visible()
    button(page, "Stop").click()
    expect(row.get_by_text("Generating")).not_to_be_attached()


def test_changing_threads_keeps_the_websocket(page: Page, live: str) -> None:
    sockets: list[str] = []
    page.on("websocket", lambda socket: sockets.append(socket.url))
    start_chat(page, live, "One")
    finish(page)
    page.get_by_role("link", name="New chat").first.click()
    expect(page.get_by_role("heading", name="What shall we work on?")).to_be_visible()
    page.go_back()
    expect(articles(page)).to_have_count(2)
    assert len(sockets) == 1


def test_a_lost_send_gives_the_text_back_and_arrives_once(page: Page, live: str) -> None:
    page.goto(f"{live}/chat/")
    keys: list[str] = []
    page.on("request", lambda r: keys.append(str(r.post_data)) if r.method == "POST" else None)
    page.route("**/messages/", lambda route: route.abort())
    box(page).fill("Only once")
    box(page).press("Enter")
    expect(page.locator("#toasts")).to_contain_text("was not sent")
    expect(box(page)).to_have_value("Only once")
    page.unroute("**/messages/")
    box(page).press("Enter")
    page.wait_for_url(THREAD)
    expect(page.locator(".msg-user")).to_have_count(1)
    assert len({re.search(r"client_id=([0-9a-f-]+)", key).group(1) for key in keys}) == 1  # type: ignore[union-attr]
    button(page, "Stop").click()


def test_the_page_catches_up_after_being_offline(page: Page, live: str) -> None:
    start_chat(page, live, "Write 500 words about clay")
    page.context.set_offline(True)
    expect(page.get_by_text("Connection lost")).to_be_visible(timeout=20_000)
    page.context.set_offline(False)
    expect(page.get_by_text("Connection lost")).to_be_hidden(timeout=20_000)
    finish(page)
    seen = messages_html(page)
    page.reload()
    assert messages_html(page) == seen


def test_a_draft_survives_a_reload(page: Page, live: str) -> None:
    page.goto(f"{live}/chat/")
    box(page).press_sequentially("Not yet sent")
    page.reload()
    expect(box(page)).to_have_value("Not yet sent")


def test_the_websocket_opens_however_late_a_script_arrives(page: Page, live: str) -> None:
    # After all that runs when the page has loaded.
    page.route("**/hx-ws.min*.js", lambda route: (page.wait_for_timeout(500), route.continue_()))
    with page.expect_websocket():
        page.goto(f"{live}/chat/")


def test_only_the_panes_scroll(page: Page, live: str) -> None:
    start_chat(page, live, "Write 500 words about clay")
    finish(page)
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
