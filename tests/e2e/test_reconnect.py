"""Sleep, a flaky network, a server that is restarted: the page catches up by itself, in order and
once, and says so only when it takes long."""

import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from accounts.models import User
from activity.redis import client
from chat.models import Message, Role, Thread
from providers.models import AIModel
from tests.e2e.conftest import sign_in
from tests.e2e.proxy import Proxy
from tests.e2e.test_chat_page import articles, box, button, finish, messages_html, start_chat
from tests.factories import make_long_thread
from tests.faults.invariants import whole_answer
from tests.studio import Studio, wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.stack]

QUESTION = "Write 500 words about clay"
# How often each of these was in the page at all.
COUNT = """() => {
    window.count = { banners: 0, toasts: 0 };
    new MutationObserver((records) => {
        for (const node of records.flatMap(({ addedNodes }) => [...addedNodes])) {
            if (node.matches?.(".banner")) window.count.banners += 1;
            if (node.matches?.("[data-toast]")) window.count.toasts += 1;
        }
    }).observe(document.body, { childList: true, subtree: true });
}"""


def notices(page: Page) -> tuple[int, int]:
    """How many banners and toasts there were."""
    count: dict[str, int] = page.evaluate("window.count")
    return count["banners"], count["toasts"]


def ask(page: Page, url: str) -> None:
    start_chat(page, url, QUESTION)
    page.evaluate(COUNT)


def assert_whole(page: Page, live: str) -> None:
    """The page ends with all that the provider sent, once, and as a fresh load shows it. That one
    does not go through a proxy, where the browser would wait for connections that hang."""
    finish(page)
    assert Message.objects.get(role=Role.ASSISTANT).content == whole_answer(QUESTION)
    expect(articles(page)).to_have_count(2)
    fresh = page.context.new_page()
    fresh.goto(live + urlsplit(page.url).path)
    assert messages_html(fresh) == messages_html(page)


def test_twenty_seconds_offline(page: Page, live: str) -> None:
    ask(page, live)
    page.context.set_offline(True)
    expect(page.get_by_text("Connection lost")).to_be_visible(timeout=20_000)
    page.wait_for_timeout(12_000)  # with those until the banner, the twenty seconds
    page.context.set_offline(False)
    expect(page.get_by_text("Connection lost")).to_be_hidden(timeout=20_000)
    finish(page)
    assert notices(page) == (1, 0)
    assert_whole(page, live)


def cut(page: Page, proxy: Proxy) -> None:
    before = proxy.accepted
    proxy.cut()
    wait_until(lambda: page.title() and proxy.accepted > before, what="it is connected again")


def test_a_connection_that_is_cut_now_and_then_shows_no_banner(page: Page, live: str) -> None:
    with Proxy(live) as proxy:
        ask(page, proxy.url)
        for _ in range(3):
            cut(page, proxy)
        assert_whole(page, live)
        assert notices(page) == (0, 0)


def test_a_line_that_hangs_is_noticed(page: Page, live: str) -> None:
    with Proxy(live) as proxy:
        ask(page, proxy.url)
        shown = len(articles(page).last.inner_text())
        proxy.hang()
        wait_until(
            lambda: len(articles(page).last.inner_text()) > shown + 200,
            seconds=20,
            what="the text goes on",
        )
        assert_whole(page, live)


@pytest.mark.parametrize("state", ["frozen", "hidden"])
def test_a_page_that_slept_catches_up(page: Page, live: str, state: str) -> None:
    with Proxy(live) as proxy:
        ask(page, proxy.url)
        devtools = page.context.new_cdp_session(page)
        if state == "frozen":
            devtools.send("Page.setWebLifecycleState", {"state": "frozen"})
        proxy.hang()  # asleep, nobody hears that the line is gone
        page.wait_for_timeout(4_000)  # its sleep, in mid-answer
        devtools.send("Page.setWebLifecycleState", {"state": "active"})
        if state == "hidden":
            page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        expect(articles(page).last.get_by_role("button", name="Copy").first).to_be_attached(
            timeout=60_000
        )
        assert_whole(page, live)


def test_two_minutes_asleep(page: Page, live: str) -> None:
    """By the page's clock: its timers stood still, and the answer ended meanwhile."""
    page.clock.install()
    with Proxy(live) as proxy:
        ask(page, proxy.url)
        proxy.hang()
        wait_until(
            lambda: Message.objects.get(role=Role.ASSISTANT).status == "completed",
            seconds=60,
            what="the answer has ended",
        )
        page.clock.fast_forward(120_000)
        page.clock.run_for(9_000)
        expect(button(page, "Send")).to_be_visible(timeout=20_000)
        page.clock.resume()
        assert_whole(page, live)


def test_the_web_process_is_restarted(page: Page, live: str, shared_studio: Studio) -> None:
    ask(page, live)
    shared_studio.kill("web")
    shared_studio.start_web()
    finish(page)
    assert notices(page)[1] == 0
    assert_whole(page, live)


def test_leaving_in_mid_answer_and_coming_back(page: Page, live: str) -> None:
    ask(page, live)
    row = page.locator(f"#thread-{page.url.rstrip('/').rpartition('/')[2]}")
    page.get_by_role("link", name="New chat").first.click()
    expect(page.get_by_role("heading", name="What shall we work on?")).to_be_visible()
    row.get_by_role("link").click()
    expect(page.locator("[data-stream] > *").first).to_be_attached()
    assert_whole(page, live)


def test_closing_the_tab_in_mid_answer(page: Page, live: str) -> None:
    ask(page, live)
    other = page.context.new_page()
    url = page.url
    page.goto("about:blank")
    other.goto(url)
    expect(other.locator("[data-stream] > *").first).to_be_attached()
    assert_whole(other, live)


def subscriptions() -> list[str]:
    return [name.decode() for name in client().pubsub_channels("thread:*")]


def test_switching_fast_between_ten_threads_leaves_one_subscription(
    page: Page, live: str, owner: User, model: AIModel
) -> None:
    threads = [make_long_thread(owner, 4, model=model) for _ in range(10)]
    theirs = {f"thread:{thread.pk}" for thread in threads}
    page.goto(f"{live}/chat/")
    expect(page.locator("li.thread")).to_have_count(10)
    assert not theirs & set(subscriptions())
    page.evaluate(
        """async () => {
            for (const link of document.querySelectorAll("li.thread a")) {
                link.click();
                await new Promise(done => setTimeout(done, 40));
            }
        }"""
    )
    last = page.locator("li.thread a").last
    expect(last).to_have_attribute("aria-current", re.compile("."))
    shown = str(last.get_attribute("href")).rstrip("/").rpartition("/")[2]
    assert shown in {str(thread.pk) for thread in threads}
    expect(page.locator("#log")).to_have_attribute("data-conversation", shown)
    expect(articles(page)).to_have_count(4)
    open_now = lambda: theirs & set(subscriptions())  # noqa: E731
    wait_until(lambda: open_now() == {f"thread:{shown}"}, what="one is open")


# --- One account in two browsers with two tabs each ---------------------------------------------


@pytest.fixture
def tabs(
    page: Page, context: BrowserContext, browser: Browser, live: str, owner: User
) -> Iterator[list[Page]]:
    second = browser.new_context(viewport={"width": 390, "height": 844})
    sign_in(second, live, owner)
    yield [page, context.new_page(), second.new_page(), second.new_page()]
    second.close()


def follow(tabs: list[Page], condition: Callable[[Page], None]) -> None:
    for tab in tabs:
        condition(tab)


def test_four_tabs_follow_one_another(tabs: list[Page], live: str) -> None:
    first, *others = tabs
    start_chat(first, live, QUESTION)
    for tab in others:
        tab.goto(first.url)

    follow(tabs, lambda tab: expect(button(tab, "Stop")).to_be_visible())
    button(others[1], "Stop").click()
    follow(tabs, lambda tab: expect(tab.get_by_text("Stopped")).to_be_visible())

    articles(first).nth(1).get_by_role("button", name="Try again").click()
    follow(tabs, lambda tab: expect(tab.get_by_role("group", name="Version 2 of 2")).to_be_visible(
        timeout=60_000
    ))  # fmt: skip
    follow(tabs, finish)

    box(others[2]).fill("And on glazes?")
    box(others[2]).press("Enter")
    follow(tabs, lambda tab: expect(articles(tab)).to_have_count(4))
    follow(tabs, finish)

    articles(first).nth(2).hover()
    articles(first).nth(2).get_by_role("button", name="More").click()
    first.get_by_role("menuitem", name="Delete from here").click()
    follow(tabs, lambda tab: expect(articles(tab)).to_have_count(2))

    for path, fields in {"rename/": {"title": "Clay & glaze"}, "pin/": {"on": "true"}}.items():
        first.evaluate(
            """([path, fields]) => fetch(location.pathname + path, { method: "POST",
                body: new URLSearchParams(fields), headers: { "X-CSRFToken":
                document.cookie.match(/csrftoken=([^;]*)/)[1] } })""",
            [path, fields],
        )
    follow(
        tabs, lambda tab: expect(tab.get_by_role("heading", level=1)).to_have_text("Clay & glaze")
    )
    follow(tabs, lambda tab: expect(tab.locator("#threads .thread").first).to_contain_text("Clay"))

    shown = [messages_html(tab) for tab in tabs]
    rows = [" ".join(str(tab.locator("#threads").text_content()).split()) for tab in tabs]
    assert len(set(shown)) == 1
    assert len(set(rows)) == 1
    for tab in tabs:
        tab.reload()
        assert messages_html(tab) == shown[0]
        expect(tab.locator("#threads .thread").first).to_contain_text("Clay")
    assert Thread.objects.get().title == "Clay & glaze"
