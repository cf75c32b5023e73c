"""Queued messages in a real browser: queueing, removing, reordering, pausing, editing."""

import re
import uuid

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from accounts.models import User
from activity import ledger
from activity.kinds import Outcome
from activity.models import Generation, State
from activity.services import stop
from chat.models import Thread
from chat.queue.models import QueuedMessage
from tests.e2e.conftest import sign_in
from tests.e2e.test_chat_page import WAIT, articles, box, button, finish, messages_html, start_chat
from tests.factories import send

pytestmark = [pytest.mark.e2e, pytest.mark.stack]

LONG = "Write 800 words about clay"


@pytest.fixture
def owner(owner: User) -> User:
    owner.queue_mode = True
    owner.save()
    return owner


@pytest.fixture
def chat(page: Page, live: str) -> Page:
    """A thread with an answer under way."""
    start_chat(page, live, LONG)
    return page


def rows(page: Page) -> Locator:
    return page.get_by_role("region", name="Queued messages").get_by_role("listitem")


def texts(page: Page) -> list[str]:
    return [re.sub(r"^Queued, place \d+:\s*", "", row) for row in
            page.locator("#queue .queued-text").all_inner_texts()]  # fmt: skip


def queue_up(page: Page, *words: str) -> None:
    for text in words:
        box(page).fill(text)
        box(page).press("Enter")
        expect(rows(page).filter(has_text=text)).to_have_count(1)


def action(page: Page, text: str, name: str) -> Locator:
    row = rows(page).filter(has_text=text)
    row.hover()
    return row.get_by_role("button", name=name)


def test_what_is_typed_meanwhile_is_queued_and_sent_in_order(page: Page, live: str) -> None:
    start_chat(page, live, "Write 200 words about clay")
    expect(button(page, "Queue message")).to_be_hidden()
    queue_up(page, "Write 5 words about glaze", "Write 6 words about kilns")
    expect(button(page, "Stop")).to_be_visible()
    expect(page.get_by_text("2 messages queued")).to_be_visible()
    expect(articles(page)).to_have_count(6, timeout=60_000)
    finish(page)
    expect(rows(page)).to_have_count(0)
    seen = messages_html(page)
    page.reload()
    assert messages_html(page) == seen


def test_the_button_queues_and_stop_stays_in_reach(chat: Page) -> None:
    box(chat).fill("next")
    expect(button(chat, "Stop")).to_be_visible()
    expect(button(chat, "Queue message")).to_be_visible()
    chat.locator("[data-send]").evaluate("send => { for (let n = 0; n < 20; n++) send.click(); }")
    expect(rows(chat)).to_have_count(1)
    expect(box(chat)).to_have_value("")
    expect(chat.locator("#announcer")).to_have_text("Message queued")
    button(chat, "Stop").click()
    expect(chat.get_by_text("You stopped the answer, so the queue is paused.")).to_be_visible()
    expect(button(chat, "Send")).to_be_visible()
    expect(chat.locator(".thread").get_by_text("Queue paused")).to_be_attached()
    button(chat, "Resume").click()
    expect(articles(chat).nth(2)).to_contain_text("next")
    expect(rows(chat)).to_have_count(0)


def test_three_quick_ones_keep_their_order(chat: Page) -> None:
    for text in ("one", "two", "three"):
        box(chat).fill(text)
        box(chat).press("Enter")
        expect(box(chat)).to_have_value("")
    expect(rows(chat)).to_have_count(3)
    assert texts(chat) == ["one", "two", "three"]


def test_another_page_and_a_reload_show_the_same(chat: Page) -> None:
    second = chat.context.new_page()
    second.goto(chat.url)
    queue_up(chat, "one", "two")
    expect(rows(second)).to_have_count(2)
    action(second, "one", "Remove from the queue").click()
    expect(rows(chat)).to_have_count(1)
    chat.reload()
    assert texts(chat) == texts(second) == ["two"]


def test_a_removal_can_be_undone(chat: Page) -> None:
    queue_up(chat, "one", "two", "three")
    action(chat, "two", "Remove from the queue").click()
    expect(rows(chat)).to_have_count(2)
    expect(action(chat, "three", "Remove from the queue")).to_be_focused()
    button(chat, "Undo").click()
    expect(rows(chat)).to_have_count(3)
    assert texts(chat) == ["one", "two", "three"]


def test_the_order_changes_by_keys_and_the_focus_stays(chat: Page) -> None:
    queue_up(chat, "one", "two", "three")
    down = rows(chat).first.get_by_role("button", name="Move down")
    down.focus()
    chat.keyboard.press("Alt+ArrowDown")
    expect(rows(chat).nth(1)).to_contain_text("one")
    expect(rows(chat).nth(1).get_by_role("button", name="Move down")).to_be_focused()
    expect(chat.locator("#announcer")).to_have_text("Moved to place 2 of 3")
    chat.keyboard.press("Enter")
    expect(rows(chat).nth(2)).to_contain_text("one")
    expect(rows(chat).nth(2).get_by_role("button", name="Move up")).to_be_focused()
    assert texts(chat) == ["two", "three", "one"]


def test_the_order_changes_by_dragging(chat: Page) -> None:
    queue_up(chat, "one", "two", "three")
    rows(chat).nth(2).drag_to(rows(chat).nth(0), target_position={"x": 60, "y": 4})
    expect(rows(chat).first).to_contain_text("three")
    assert texts(chat) == ["three", "one", "two"]
    expect(chat.locator("[data-dragged], [data-before], [data-after]")).to_have_count(0)


def test_a_queued_message_is_edited_in_its_place(chat: Page) -> None:
    queue_up(chat, "one", "two")
    action(chat, "one", "Edit").click()
    editor = chat.get_by_role("textbox", name="New wording")
    expect(editor).to_have_value("one")
    expect(editor).to_be_focused()
    editor.press("End")
    chat.keyboard.type(" and a half")
    second = chat.context.new_page()
    second.goto(chat.url)
    queue_up(second, "three")  # the page changes under the editor
    expect(rows(chat)).to_have_count(3)
    expect(editor).to_have_value("one and a half")
    expect(editor).to_be_focused()
    editor.press("Control+Enter")
    expect(rows(chat).first).to_contain_text("one and a half")
    expect(editor).to_have_count(0)
    assert texts(chat) == ["one and a half", "two", "three"]
    expect(rows(second).first).to_contain_text("one and a half")


def test_an_edit_that_comes_too_late_is_not_lost(chat: Page) -> None:
    queue_up(chat, "one")
    action(chat, "one", "Edit").click()
    chat.get_by_role("textbox", name="New wording").fill("one, but better")
    running = Generation.objects.in_flight().get()
    outcome = Outcome(State.COMPLETED, text="Done.", html="<p>Done.</p>")
    assert ledger.finish(running.pk, epoch=running.epoch, outcome=outcome)
    expect(box(chat)).to_have_value("one, but better", timeout=60_000)
    expect(chat.get_by_text("Your text is in the message box")).to_be_visible()
    expect(articles(chat).nth(2)).to_contain_text("one")
    chat.reload()
    expect(box(chat)).to_have_value("one, but better")


def test_escape_leaves_a_message_as_it_was(chat: Page) -> None:
    queue_up(chat, "one")
    action(chat, "one", "Edit").press("Enter")
    chat.get_by_role("textbox", name="New wording").fill("x")
    chat.keyboard.press("Escape")
    expect(rows(chat).first.get_by_role("button", name="Edit")).to_be_focused()
    assert texts(chat) == ["one"]


def test_a_lost_send_gives_the_text_back_and_arrives_once(chat: Page) -> None:
    chat.route("**/messages/", lambda route: route.abort())
    box(chat).fill("once")
    box(chat).press("Enter")
    expect(chat.locator("#toasts")).to_contain_text("was not sent")
    expect(box(chat)).to_have_value("once")
    expect(chat.locator("#queue-sending li")).to_have_count(0)
    chat.unroute("**/messages/")
    queue_up(chat, "once")


def test_a_full_queue_says_so_and_keeps_the_text(chat: Page, owner: User) -> None:
    thread_id = uuid.UUID(chat.url.rstrip("/").rpartition("/")[2])
    for number in range(50):
        send(owner, f"Message {number}", thread_id=thread_id)
    expect(chat.get_by_text("50 messages queued")).to_be_visible()
    box(chat).fill("too much")
    box(chat).press("Enter")
    expect(chat.locator("#toasts")).to_contain_text("The queue is full: 50 messages can wait.")
    expect(box(chat)).to_have_value("too much")
    QueuedMessage.objects.all().delete()


def test_without_the_setting_all_is_as_before(page: Page, live: str, owner: User) -> None:
    owner.queue_mode = False
    owner.save()
    start_chat(page, live, LONG)
    expect(box(page)).to_have_attribute("placeholder", "Waiting for response…")
    box(page).fill("and then")
    expect(button(page, "Queue message")).to_be_hidden()
    box(page).press("Enter")
    expect(page.get_by_text(WAIT)).to_be_visible()
    expect(box(page)).to_have_value("and then")


def test_hostile_words_stay_words(chat: Page) -> None:
    queue_up(chat, "<img src=x onerror=alert(1)>")
    assert chat.locator("#queue img").count() == 0


def test_another_device_follows(
    chat: Page, live: str, owner: User, context: BrowserContext
) -> None:
    assert context.browser is not None
    device = context.browser.new_context(viewport={"width": 390, "height": 844})
    sign_in(device, live, owner)
    small = device.new_page()
    small.goto(chat.url)
    queue_up(chat, "one", "two")
    expect(rows(small)).to_have_count(2)
    rows(small).first.get_by_role("button", name="Move down").click()
    expect(rows(chat).first).to_contain_text("two")
    assert small.evaluate("document.documentElement.scrollWidth") == 390
    for generation in Generation.objects.in_flight():
        stop(generation=generation)
    expect(button(small, "Resume")).to_be_visible()
    assert Thread.objects.get().queue_pause
    device.close()
