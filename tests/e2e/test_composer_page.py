"""The composer in a real browser: which Enter sends, drafts, the model picker, a chat's settings,
and the estimate."""

import re
from decimal import Decimal

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, WebSocketRoute, expect

from accounts.models import User
from chat.context import tokens_of
from chat.favourites import set_favourite
from chat.models import Thread
from providers.models import AIModel, Dialect, Provider
from tests.e2e.test_chat_page import THREAD, box, button, finish, start_chat
from tests.factories import make_long_thread, make_model

pytestmark = [pytest.mark.e2e, pytest.mark.stack]


def sent(page: Page) -> Locator:
    return page.locator(".msg-user")


def type_and_press(page: Page, key: str) -> None:
    box(page).fill("Hello")
    box(page).press(key)


def make_many_models() -> None:
    other = Provider.objects.create(name="Other", dialect=Dialect.OPENAI)
    AIModel.objects.bulk_create(
        AIModel(provider=other, slug=f"vendor/model-{n}", name=f"Model {n}", position=10 + n)
        for n in range(500)
    )


# --- Sending -------------------------------------------------------------------------------------


def test_enter_begins_a_new_line_where_the_reader_set_it_so(
    page: Page, live: str, owner: User
) -> None:
    User.objects.filter(pk=owner.pk).update(send_key="modifier")
    page.goto(f"{live}/chat/")
    type_and_press(page, "Enter")
    expect(box(page)).to_have_value("Hello\n")
    expect(sent(page)).to_have_count(0)
    box(page).press("Control+Enter")
    expect(sent(page)).to_have_count(1)
    finish(page)


def test_shift_enter_begins_a_new_line_and_control_enter_sends(page: Page, live: str) -> None:
    page.goto(f"{live}/chat/")
    type_and_press(page, "Shift+Enter")
    expect(box(page)).to_have_value("Hello\n")
    box(page).press("Control+Enter")
    expect(sent(page)).to_have_count(1)
    finish(page)


def test_enter_begins_a_new_line_on_a_touch_screen(
    page: Page, live: str, context: BrowserContext
) -> None:
    state = context.storage_state()
    phone = page.context.browser.new_context(  # type: ignore[union-attr]
        has_touch=True, is_mobile=True, viewport={"width": 390, "height": 844}, storage_state=state
    )
    touched = phone.new_page()
    touched.goto(f"{live}/chat/")
    type_and_press(touched, "Enter")
    expect(box(touched)).to_have_value("Hello\n")
    expect(sent(touched)).to_have_count(0)
    phone.close()


@pytest.mark.parametrize("fields", ["isComposing: true", "keyCode: 229"])
def test_enter_that_ends_an_input_methods_word_does_not_send(
    page: Page, live: str, fields: str
) -> None:
    page.goto(f"{live}/chat/")
    box(page).fill("にほん")
    box(page).evaluate(
        "(box) => box.dispatchEvent(new KeyboardEvent('keydown', "
        f"{{key: 'Enter', bubbles: true, cancelable: true, {fields}}}))"
    )
    expect(sent(page)).to_have_count(0)
    expect(box(page)).to_have_value("にほん")


def test_the_box_grows_to_a_bound(page: Page, live: str) -> None:
    page.goto(f"{live}/chat/")
    one = box(page).bounding_box()
    box(page).fill("line\n" * 4)
    some = box(page).bounding_box()
    box(page).fill("line\n" * 400)
    many = box(page).bounding_box()
    assert one is not None
    assert some is not None
    assert many is not None
    assert one["height"] < some["height"] < many["height"] <= 0.41 * 900


# --- Drafts --------------------------------------------------------------------------------------


def test_a_sent_text_is_not_left_in_another_tab(page: Page, live: str) -> None:
    page.goto(f"{live}/chat/")
    box(page).press_sequentially("Only once")
    other = page.context.new_page()
    other.goto(f"{live}/chat/")
    expect(box(other)).to_have_value("Only once")
    page.bring_to_front()
    box(page).press("Enter")
    finish(page)
    expect(box(other)).to_have_value("")
    other.reload()
    expect(box(other)).to_have_value("")


@pytest.mark.parametrize("refusal", ["forbidden", "full"])
def test_a_draft_outlives_a_change_of_threads_without_storage(
    page: Page, live: str, refusal: str
) -> None:
    names = ["setItem"] if refusal == "full" else ["setItem", "getItem", "removeItem"]
    for name in names:
        page.add_init_script(f"Storage.prototype.{name} = () => {{ throw new Error('{refusal}') }}")
    start_chat(page, live, "Hello")
    finish(page)
    box(page).press_sequentially("Later")
    page.get_by_role("link", name="New chat").first.click()
    expect(box(page)).to_have_value("")
    page.go_back()
    expect(box(page)).to_have_value("Later")


# --- The picker ----------------------------------------------------------------------------------


def opener(page: Page) -> Locator:
    return page.get_by_role("button", name=re.compile("^Model:"))


def search_box(page: Page) -> Locator:
    return page.get_by_role("combobox", name="Search models")


def active_option(page: Page) -> Locator:
    return page.locator(".model-option[data-active]")


def test_a_model_is_picked_by_keyboard_among_500(page: Page, live: str) -> None:
    make_many_models()
    page.goto(f"{live}/chat/")
    opener(page).press("Enter")
    expect(search_box(page)).to_be_focused()
    expect(page.get_by_role("option")).to_have_count(501)
    expect(active_option(page)).to_have_attribute("aria-selected", "true")
    page.keyboard.type("mödel 42")
    expect(page.get_by_role("option")).to_have_count(15)
    expect(page.locator("#model-menu [role=status]")).to_have_text("Models found: 15")
    page.keyboard.press("ArrowDown")
    expect(active_option(page)).to_contain_text("Model 142")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(active_option(page)).to_contain_text("Model 442")
    active = active_option(page).get_attribute("id")
    expect(search_box(page)).to_have_attribute("aria-activedescendant", str(active))
    page.keyboard.press("Enter")
    expect(opener(page)).to_contain_text("Model 442")
    expect(opener(page)).to_be_focused()


def test_escape_leaves_the_model_as_it_was(page: Page, live: str) -> None:
    make_many_models()
    page.goto(f"{live}/chat/")
    before = opener(page).inner_text()
    opener(page).press("Enter")
    page.keyboard.type("nothing is called so")
    expect(page.get_by_text("No model is called so.")).to_be_visible()
    page.keyboard.press("Enter")
    expect(search_box(page)).to_be_visible()
    page.keyboard.press("Escape")
    expect(search_box(page)).to_be_hidden()
    expect(opener(page)).to_be_focused()
    assert opener(page).inner_text() == before


def test_a_favourite_goes_to_the_top_in_every_tab(page: Page, live: str) -> None:
    make_many_models()
    page.goto(f"{live}/chat/")
    other = page.context.new_page()
    other.goto(f"{live}/chat/")
    opener(other).click()
    expect(other.get_by_role("option")).to_have_count(501)
    page.bring_to_front()
    opener(page).press("Enter")
    page.keyboard.type("model 77")
    expect(active_option(page)).to_contain_text("Model 77")
    page.keyboard.press("Tab")
    star = page.get_by_role("button", name="Favourite")
    expect(star).to_be_focused()
    page.keyboard.press("Enter")
    expect(star).to_have_attribute("aria-pressed", "true")
    for tab in (page, other):
        group = tab.get_by_role("group", name="Favourites")
        expect(group.get_by_role("option")).to_have_count(1)
        expect(group).to_contain_text("Model 77")


def test_a_favourite_is_seen_though_nobody_told_the_page(
    page: Page, live: str, owner: User
) -> None:
    make_many_models()
    sockets: list[WebSocketRoute] = []

    def connect(socket: WebSocketRoute) -> None:
        if sockets:  # the first one stays silent
            socket.connect_to_server()
        sockets.append(socket)

    page.route_web_socket("**/ws/", connect)
    page.goto(f"{live}/chat/")
    opener(page).click()
    expect(page.get_by_role("option")).to_have_count(501)
    set_favourite(user=owner, model_id=AIModel.objects.get(name="Model 77").pk, on=True)
    sockets[0].close(code=1012)  # as a server that is started again does

    group = page.get_by_role("group", name="Favourites")
    expect(group.get_by_role("option")).to_have_count(1)


def test_an_answer_is_tried_again_with_a_searched_model(page: Page, live: str) -> None:
    make_model("demo-echo")
    start_chat(page, live, "Hello")
    finish(page)
    answer = page.locator("#log > article").last
    answer.hover()
    answer.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Another model…").click()
    expect(search_box(page)).to_be_focused()
    page.keyboard.type("echo")
    expect(active_option(page)).to_contain_text("Demo Echo")
    page.keyboard.press("Enter")
    expect(page.locator("#log > article").last).to_contain_text("You said", timeout=20_000)
    expect(opener(page)).to_contain_text("Demo Writer")


# --- A chat's settings ---------------------------------------------------------------------------


def set_chat(page: Page, prompt: str, steps: int = 0) -> None:
    button(page, "Chat settings").click()
    dialog = page.get_by_role("dialog", name="Chat settings")
    dialog.get_by_label("System prompt").fill(prompt)
    if steps:
        dialog.get_by_label("Model default").uncheck()
        for _ in range(steps):
            dialog.get_by_role("slider").press("ArrowRight")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden()


def test_a_chats_settings_are_seen_in_another_tab(page: Page, live: str) -> None:
    start_chat(page, live, "Hello")
    finish(page)
    other = page.context.new_page()
    other.goto(page.url)
    page.bring_to_front()
    set_chat(page, "Be short.", steps=3)
    for tab in (page, other):
        expect(tab.locator("#thread-head")).to_contain_text("System prompt")
        expect(tab.locator("#thread-head")).to_contain_text("Temperature 1.3")
    thread = Thread.objects.get()
    assert (thread.system_prompt, thread.temperature) == ("Be short.", 1.3)
    button(other, "Chat settings").click()
    expect(other.get_by_label("System prompt")).to_have_value("Be short.")


def test_a_new_chat_is_set_before_its_first_message(page: Page, live: str) -> None:
    page.goto(f"{live}/chat/")
    set_chat(page, "Be short.")
    page.reload()
    expect(page.locator("#thread-head")).to_contain_text("System prompt")
    type_and_press(page, "Enter")
    page.wait_for_url(THREAD)
    finish(page)
    expect(page.locator("#thread-head")).to_contain_text("System prompt")
    assert Thread.objects.get().system_prompt == "Be short."
    page.get_by_role("link", name="New chat").first.click()
    expect(page.get_by_role("heading", name="What shall we work on?")).to_be_visible()
    expect(page.locator("#thread-head")).not_to_contain_text("System prompt")


# --- The estimate --------------------------------------------------------------------------------


def estimate(page: Page) -> Locator:
    return page.locator("#estimate")


def test_the_estimate_has_tokens_and_the_price_where_it_is_known(
    page: Page, live: str, model: AIModel
) -> None:
    page.goto(f"{live}/chat/")
    expect(estimate(page)).to_have_text("")
    box(page).fill("x" * 4_000)
    expect(estimate(page)).to_have_text("About 1,000 tokens to send")
    AIModel.objects.update(input_price=Decimal("3.5"), output_price=1)
    page.reload()
    expect(estimate(page)).to_have_text("About 1,000 tokens to send · $0.0035")
    box(page).fill("")
    expect(estimate(page)).to_have_text("")


def test_the_estimate_says_that_older_messages_are_left_out(
    page: Page, live: str, owner: User, model: AIModel
) -> None:
    thread = make_long_thread(owner, 10_000, model=model)
    page.goto(f"{live}/chat/{thread.pk}/")
    box(page).fill("Hello")
    expect(estimate(page)).to_contain_text("Older messages do not fit and are left out.")


def test_the_estimate_warns_of_what_a_model_cannot_take(
    page: Page, live: str, model: AIModel
) -> None:
    AIModel.objects.update(context_tokens=500)
    page.goto(f"{live}/chat/")
    box(page).fill("x" * 4_000)
    expect(estimate(page)).to_contain_text("Demo Writer can take about 500 tokens")


def test_the_script_estimates_as_the_server_does(page: Page, live: str) -> None:
    page.goto(f"{live}/chat/")
    for text in ("", "a", "Olá, ação", "猫が好き", "\U0001f600 ok", "x" * 999):
        module = page.locator("script[type=module]").get_attribute("src")
        assert module is not None
        found = page.evaluate(
            "async ([path, text]) => (await import(path)).tokensOf(text)",
            [re.sub(r"app[^/]*$", "tokens.js", module), text],
        )
        assert found == tokens_of(text)


def test_a_person_without_models_can_still_write(page: Page, live: str) -> None:
    AIModel.objects.update(enabled=False)
    page.goto(f"{live}/chat/")
    box(page).fill("Hello")
    expect(opener(page)).to_have_count(0)
    expect(estimate(page)).to_have_text("")
