"""Sending: at once on the page, once in the database, and whatever fails gives the text back."""

import re
from typing import Any

import pytest
from playwright.sync_api import APIResponse, BrowserContext, Page, Route, expect

from accounts.models import User
from activity.models import Generation
from chat.models import Message, Role, Thread
from providers.models import AIModel
from tests.e2e.conftest import Motion
from tests.e2e.test_chat_page import THREAD, articles, box, button, finish, start_chat, streaming
from tests.factories import make_long_thread
from tests.studio import wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.stack]

# In every frame: how many articles show the words, and where the first of them is.
WATCH = """words => {
    window.seen = [];
    window.doubles = 0;
    const count = () => [...document.querySelectorAll("#log .msg-user .msg-body")]
        .filter(body => body.textContent === words);
    new MutationObserver(() => { if (count().length > 1) window.doubles += 1; })
        .observe(document.body, { childList: true, subtree: true });
    const look = () => {
        const found = count();
        const gone = window.seen.length && !found.length;
        if (found.length || gone) window.seen.push(gone ? null : [found.length,
            found[0].getBoundingClientRect().top, found[0].getBoundingClientRect().left]);
        if (!document.querySelector("[data-stream] > *")) requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
}"""


@pytest.fixture
def motion() -> Motion:
    return "no-preference"


def questions() -> list[str]:
    return list(Message.objects.filter(role=Role.USER).values_list("content", flat=True))


@pytest.mark.parametrize("earlier", [0, 60])
def test_the_saved_message_takes_the_place_of_the_sent_one(
    page: Page, live: str, owner: User, model: AIModel, earlier: int
) -> None:
    thread = make_long_thread(owner, earlier, model=model) if earlier else None
    page.goto(f"{live}/chat/{thread.pk}/" if thread else f"{live}/chat/")
    # So slow that there is something to see meanwhile.
    page.route("**/messages/", lambda route: (page.wait_for_timeout(250), route.continue_()))
    page.evaluate(WATCH, "Only one of me")
    box(page).fill("Only one of me")
    box(page).press("Enter")
    expect(streaming(page).first).to_be_visible()
    seen: list[Any] = page.evaluate("window.seen")
    assert len(seen) > 5
    assert all(frame and frame[0] == 1 for frame in seen)
    assert page.evaluate("window.doubles") == 0
    tops, lefts = [frame[1] for frame in seen], [frame[2] for frame in seen]
    assert max(tops) - min(tops) < 1
    assert max(lefts) - min(lefts) < 1
    button(page, "Stop").click()


@pytest.mark.parametrize("how", ["clicks", "Enter held down"])
def test_twenty_sends_are_one_message(page: Page, live: str, how: str) -> None:
    page.goto(f"{live}/chat/")
    box(page).fill("Only once")
    if how == "clicks":
        button(page, "Send").evaluate("b => { for (let i = 0; i < 20; i += 1) b.click(); }")
    else:
        for _ in range(20):
            page.keyboard.down("Enter")
        page.keyboard.up("Enter")
    page.wait_for_url(THREAD)
    expect(streaming(page).first).to_be_visible()
    assert questions() == ["Only once"]
    assert Generation.objects.count() == 1
    expect(page.locator("#toasts [data-toast]")).to_have_count(0)
    button(page, "Stop").click()


@pytest.mark.parametrize("new", [True, False], ids=["new chat", "thread"])
def test_one_draft_sent_in_two_tabs_at_once_is_one_message(
    page: Page, live: str, owner: User, model: AIModel, new: bool
) -> None:
    url = f"{live}/chat/" + ("" if new else f"{make_long_thread(owner, 4, model=model).pk}/")
    page.goto(url)
    box(page).press_sequentially("The same words")
    other = page.context.new_page()
    other.goto(url)
    expect(box(other)).to_have_value("The same words")
    click = "() => document.querySelector('[data-send]').click()"
    for tab in (page, other):
        tab.evaluate(f"setTimeout({click}, 400 - (Date.now() % 400))")
    for tab in (page, other):
        expect(articles(tab).last.locator("> .prose")).not_to_be_empty(timeout=20_000)
        finish(tab)
        expect(box(tab)).to_have_value("")
        expect(tab.locator(".msg-user", has_text="The same words")).to_have_count(1)
    assert questions().count("The same words") == 1
    assert Thread.objects.count() == 1
    assert articles(page).all_inner_texts() == articles(other).all_inner_texts()


def answer_with(status: int, body: str = "<h1>No</h1>", kind: str = "text/html") -> Any:
    return lambda route: route.fulfill(status=status, body=body, content_type=kind)


def abort(route: Route) -> None:
    route.abort()


FAILURES = {
    "server down": abort,
    "409": answer_with(409, '{"error": "busy", "message": "Please wait"}', "application/json"),
    "413": answer_with(413, '{"error": "too_long", "message": "Too long"}', "application/json"),
    "500": answer_with(500),
    "502": answer_with(502),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_a_send_that_fails_gives_the_text_back(page: Page, live: str, failure: str) -> None:
    page.goto(f"{live}/chat/")
    page.route("**/messages/", FAILURES[failure])
    box(page).fill("Words to keep")
    box(page).press("Enter")
    expect(box(page)).to_have_value("Words to keep")
    expect(page.locator("#toasts [data-toast]")).to_have_count(1)
    expect(articles(page)).to_have_count(0)
    page.unroute("**/messages/")
    if failure == "409":
        page.reload()  # it said that an answer is being written
        expect(box(page)).to_have_value("Words to keep")
    box(page).press("Enter")
    expect(streaming(page).first).to_be_visible()
    assert questions() == ["Words to keep"]
    button(page, "Stop").click()


def test_an_offline_send_gives_the_text_back(page: Page, live: str) -> None:
    page.goto(f"{live}/chat/")
    page.context.set_offline(True)
    box(page).fill("Words to keep")
    box(page).press("Enter")
    expect(box(page)).to_have_value("Words to keep")
    page.context.set_offline(False)
    box(page).press("Enter")
    expect(streaming(page).first).to_be_visible()
    button(page, "Stop").click()


def test_a_send_without_an_answer_gives_up_and_can_be_repeated(page: Page, live: str) -> None:
    """The server took it, and the answer was lost on the way."""
    page.clock.install()
    page.goto(f"{live}/chat/")
    page.route_web_socket("**/ws/", lambda socket: None)  # nothing is heard live either

    taken: list[APIResponse] = []

    def swallow(route: Route) -> None:
        taken.append(route.fetch())

    page.evaluate(
        "AbortSignal.timeout = ms => { const c = new AbortController();"
        " setTimeout(() => c.abort(), ms); return c.signal; }"  # by the page's clock
    )
    page.route("**/messages/", swallow)
    box(page).fill("Only once")
    box(page).press("Enter")
    expect(articles(page).first).to_be_visible()
    wait_until(lambda: page.title() and taken, what="the server took it")
    page.clock.run_for(21_000)
    expect(box(page)).to_have_value("Only once")
    page.unroute("**/messages/")
    box(page).press("Enter")
    page.wait_for_url(THREAD)
    assert questions() == ["Only once"]


def test_a_session_that_ended_keeps_the_text(
    page: Page, context: BrowserContext, live: str
) -> None:
    page.goto(f"{live}/chat/")
    session = [one for one in context.cookies() if one["name"] == "sessionid"]
    page.route_web_socket("**/ws/", lambda socket: None)
    context.clear_cookies(name="sessionid")
    box(page).fill("Words to keep")
    box(page).press("Enter")
    page.wait_for_url(re.compile("/accounts/login/"))
    context.add_cookies(session)  # type: ignore[arg-type]
    page.goto(f"{live}/chat/")
    expect(box(page)).to_have_value("Words to keep")
    assert questions() == []


def test_a_new_chat_takes_its_address_and_back_leads_out_of_it(page: Page, live: str) -> None:
    loads: list[str] = []
    page.on("load", lambda: loads.append(page.url))
    start_chat(page, live, "Hello")
    button(page, "Stop").click()
    assert len(loads) == 1
    page.go_back()
    expect(page.get_by_role("heading", name="What shall we work on?")).to_be_visible()
    expect(box(page)).to_have_value("")
    page.go_forward()
    expect(articles(page)).to_have_count(2)
    assert len(loads) == 1


def test_what_is_typed_while_a_first_message_is_sent_stays_with_it(page: Page, live: str) -> None:
    page.goto(f"{live}/chat/")
    held: list[Route] = []
    page.route("**/messages/", lambda route: held.append(route), times=1)
    box(page).fill("First")
    box(page).press("Enter")
    box(page).press_sequentially("First")
    wait_until(lambda: page.title() and held, what="it was sent")
    held[0].continue_()
    page.wait_for_url(THREAD)
    finish(page)
    expect(box(page)).to_have_value("First")
    box(page).press("Enter")
    expect(page.locator(".msg-user")).to_have_count(2)
    finish(page)
    assert questions() == ["First", "First"]
    page.goto(f"{live}/chat/")
    expect(box(page)).to_have_value("")
