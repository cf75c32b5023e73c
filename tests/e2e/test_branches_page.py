"""Branches of a thread in a real browser: versions, editing in place, deleting with Undo."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from providers.models import AIModel
from tests.e2e.test_chat_page import articles, box, button, finish, messages_html, start_chat
from tests.factories import make_model

pytestmark = [pytest.mark.e2e, pytest.mark.stack]


@pytest.fixture
def chat(page: Page, live: str) -> Page:
    """An open thread with one finished exchange."""
    start_chat(page, live, "Hello")
    finish(page)
    return page


def texts(page: Page) -> list[str]:
    return [text.strip() for text in page.locator(".msg-body, .prose").all_inner_texts()]


def question(page: Page) -> Locator:
    return articles(page).first


def answer(page: Page) -> Locator:
    return articles(page).nth(1)


def version(page: Page, words: str) -> Locator:
    return page.get_by_role("group", name=words)


def again(page: Page) -> None:
    answer(page).get_by_role("button", name="Try again").click()
    expect(button(page, "Stop")).to_be_visible()
    finish(page)


def edit(page: Page, words: str) -> Locator:
    """The open editor, with these words in it."""
    question(page).hover()
    question(page).get_by_role("button", name="Edit").click()
    editor = page.get_by_role("textbox", name="New wording")
    expect(editor).to_be_focused()
    editor.fill(words)
    return editor


def delete(page: Page, message: Locator) -> None:
    message.hover()
    message.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Delete from here").click()


def test_another_answer_is_a_version_that_can_be_gone_back_from(chat: Page) -> None:
    first = answer(chat).get_attribute("id")
    again(chat)
    expect(version(chat, "Version 2 of 2")).to_be_visible()
    assert answer(chat).get_attribute("id") != first

    button(chat, "Previous version").click()

    expect(version(chat, "Version 1 of 2")).to_be_visible()
    expect(answer(chat)).to_have_attribute("id", str(first))
    seen = messages_html(chat)
    chat.reload()
    assert messages_html(chat) == seen


def test_going_between_versions_keeps_the_place_and_the_focus(chat: Page) -> None:
    say(chat, "Write 200 words about clay")
    articles(chat).nth(3).get_by_role("button", name="Try again").click()
    expect(button(chat, "Stop")).to_be_visible()
    finish(chat)
    say(chat, "Write 200 words about clay")
    group = version(chat, "Version 2 of 2")
    group.get_by_role("button", name="Previous version").press("Enter")
    group = version(chat, "Version 1 of 2")
    expect(group.get_by_role("button", name="Next version")).to_be_focused()
    expect(articles(chat)).to_have_count(4)
    before = height_of(group)

    chat.keyboard.press("Enter")

    group = version(chat, "Version 2 of 2")
    expect(group.get_by_role("button", name="Previous version")).to_be_focused()
    expect(articles(chat)).to_have_count(6)
    assert abs(height_of(group) - before) <= 2
    expect(chat.locator("#announcer")).to_have_text("Version 2 of 2")


def say(page: Page, words: str) -> None:
    box(page).fill(words)
    box(page).press("Enter")
    expect(button(page, "Stop")).to_be_visible()
    finish(page)


def height_of(part: Locator) -> float:
    """How far down the window it is."""
    box = part.bounding_box()
    assert box is not None
    return box["y"]


def test_another_model_is_chosen_at_the_message(page: Page, live: str, model: AIModel) -> None:
    other = make_model("demo-echo", name="Demo Echo")
    start_chat(page, live, "Hello")
    finish(page)
    answer(page).get_by_role("button", name="More").press("Enter")
    items = page.get_by_role("menuitem")
    expect(items.first).to_be_focused()
    page.get_by_role("menuitem", name=re.compile(other.name)).click()
    finish(page)
    expect(answer(page)).to_have_attribute("aria-label", other.name)
    expect(page.get_by_role("button", name=re.compile("^Model:"))).to_contain_text(model.name)


def test_an_edited_question_is_sent_beside_the_first(chat: Page) -> None:
    edit(chat, "Hello again").press("Control+Enter")
    expect(question(chat)).to_contain_text("Hello again")
    finish(chat)
    expect(version(chat, "Version 2 of 2")).to_be_visible()
    button(chat, "Previous version").click()
    expect(question(chat).locator(".msg-body")).to_have_text("Hello")


def test_escape_ends_an_edit_whose_text_can_be_had_back(chat: Page) -> None:
    edit(chat, "Half a thought").press("Escape")
    expect(chat.get_by_role("textbox", name="New wording")).to_have_count(0)
    expect(question(chat).get_by_role("button", name="Edit")).to_be_focused()
    button(chat, "Undo").click()
    expect(chat.get_by_role("textbox", name="New wording")).to_have_value("Half a thought")
    button(chat, "Cancel").click()
    expect(question(chat).locator(".msg-body")).to_have_text("Hello")


def test_an_edit_survives_a_reload(chat: Page) -> None:
    edit(chat, "Half a thought")
    chat.reload()
    expect(chat.get_by_role("textbox", name="New wording")).to_have_value("Half a thought")
    expect(box(chat)).to_have_value("")


def test_a_lost_edit_keeps_its_text_and_arrives_once(chat: Page) -> None:
    keys: list[str] = []
    chat.on("request", lambda r: keys.append(str(r.post_data)) if r.method == "POST" else None)
    chat.route("**/edit/", lambda route: route.abort())
    editor = edit(chat, "Only once")
    button(chat, "Save & send").click()
    expect(chat.locator("#toasts")).to_contain_text("was not sent")
    expect(editor).to_have_value("Only once")
    chat.unroute("**/edit/")
    button(chat, "Save & send").click()
    expect(question(chat)).to_contain_text("Only once")
    expect(version(chat, "Version 2 of 2")).to_be_visible()
    finish(chat)
    assert len({re.search(r"client_id=([0-9a-f-]+)", key).group(1) for key in keys}) == 1  # type: ignore[union-attr]


def test_typing_goes_on_while_another_page_changes_the_thread(chat: Page) -> None:
    editor = edit(chat, "Half")
    editor.press("End")
    second = chat.context.new_page()
    second.goto(chat.url)
    again(second)
    expect(version(chat, "Version 2 of 2")).to_be_visible()
    expect(editor).to_be_focused()
    chat.keyboard.type(" a thought")
    expect(editor).to_have_value("Half a thought")


def test_deleting_can_be_undone(chat: Page) -> None:
    seen = texts(chat)
    delete(chat, answer(chat))
    expect(articles(chat)).to_have_count(1)
    expect(button(chat, "Get an answer")).to_be_visible()
    button(chat, "Undo").click()
    expect(articles(chat)).to_have_count(2)
    assert texts(chat) == seen


def test_a_question_without_its_answer_gets_another(chat: Page) -> None:
    delete(chat, answer(chat))
    button(chat, "Get an answer").click()
    expect(articles(chat)).to_have_count(2)
    finish(chat)
    expect(answer(chat).locator(".prose")).not_to_be_empty()


def test_while_an_answer_is_written_the_branches_stay(chat: Page) -> None:
    box(chat).fill("Write 500 words about clay")
    box(chat).press("Enter")
    expect(button(chat, "Stop")).to_be_visible()
    answer(chat).get_by_role("button", name="Try again").click()
    expect(chat.get_by_text("Please wait for the current response")).to_be_visible()
    button(chat, "Stop").click()
    finish(chat)


def test_other_pages_follow(chat: Page) -> None:
    second = chat.context.new_page()
    second.goto(chat.url)
    again(chat)
    finish(second)
    button(chat, "Previous version").click()
    expect(version(second, "Version 1 of 2")).to_be_visible()
    edit(chat, "In other words").press("Control+Enter")
    expect(question(second)).to_contain_text("In other words")
    finish(chat)
    finish(second)
    delete(chat, answer(chat))
    expect(articles(second)).to_have_count(1)
    expect(articles(chat)).to_have_count(1)
    assert messages_html(chat) == messages_html(second)
    seen = messages_html(second)
    second.reload()
    assert messages_html(second) == seen


def test_on_touch_everything_is_in_one_menu(chat: Page) -> None:
    chat.set_viewport_size({"width": 390, "height": 844})
    expect(question(chat).get_by_role("button")).to_have_count(1)
    question(chat).get_by_role("button", name="More").click()
    names = chat.get_by_role("menuitem").all_inner_texts()
    assert [name.strip() for name in names] == ["Copy", "Edit", "Delete from here"]
    chat.get_by_role("menuitem", name="Edit").click()
    expect(chat.get_by_role("textbox", name="New wording")).to_be_focused()
    assert chat.evaluate("document.documentElement.scrollWidth") == 390
