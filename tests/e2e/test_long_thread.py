"""A conversation of thousands of messages: it comes in parts, nothing jumps, the page stays light,
and it opens where reading ended."""

import pytest
from playwright.sync_api import Locator, Page, expect

from accounts.models import User
from chat import branches
from chat.models import Message, Thread
from providers.models import AIModel
from tests.e2e.states import rest
from tests.e2e.test_chat_page import articles, box, button, finish, streaming
from tests.factories import make_long_thread
from tests.studio import wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.stack]

MOST = 200  # articles in the page, as static/js/evict.js
SIZES = {"wide": (1440, 900), "narrow": (390, 844)}


@pytest.fixture(params=SIZES)
def sized(page: Page, request: pytest.FixtureRequest) -> Page:
    width, height = SIZES[request.param]
    page.set_viewport_size({"width": width, "height": height})
    return page


def open_thread(page: Page, live: str, thread: Thread) -> None:
    page.goto(f"{live}/chat/{thread.pk}/")
    expect(articles(page).first).to_be_attached()


def shown(page: Page) -> list[int]:
    """The numbers of the messages in the page, in their order."""
    script = """nodes => nodes.map(node => Number(
        node.querySelector(".msg-body, .prose").textContent.match(/Message (\\d+)/)?.[1] ?? -1))"""
    numbers: list[int] = articles(page).evaluate_all(script)
    return numbers


WATCH = """() => {
    // How far the article at the middle of the view moves: between two frames, and in all. Scroll
    // positions are whole pixels and heights are not, so less than a pixel is none.
    const scroll = document.querySelector(".scroll");
    window.jumps = [];
    let anchor = null, top = 0, first = 0;
    window.hold = () => {
        const { top: t, height: h } = scroll.getBoundingClientRect();
        anchor = document.elementFromPoint(innerWidth / 2, t + h / 2)?.closest("article")
            ?? document.elementFromPoint(innerWidth / 2, t + h / 2 + 60)?.closest("article");
        first = top = anchor.getBoundingClientRect().top;
    };
    window.hold();
    const look = () => {
        const now = anchor.getBoundingClientRect().top;
        for (const by of [now - top, now - first]) if (Math.abs(by) >= 1) window.jumps.push(by);
        top = now;
        requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
}"""


def watch(page: Page) -> None:
    page.evaluate(WATCH)


def jumps(page: Page) -> list[float]:
    rest(page)
    found: list[float] = page.evaluate("window.jumps")
    return found


def scroll_to(page: Page, number: int) -> None:
    """Go up or down by hand until a message is in the page, and show it."""
    for _ in range(400):
        there = shown(page)
        if number in there:
            articles(page).nth(there.index(number)).scroll_into_view_if_needed()
            return
        up = number < min(n for n in there if n >= 0)
        page.evaluate(
            "by => document.querySelector('.scroll').scrollBy(0, by)", -3_000 if up else 3_000
        )
        rest(page)
    raise AssertionError(f"message {number} did not come: {there[:3]}…{there[-3:]}")


def last_of(page: Page) -> list[str]:
    """The HTML of the newest messages."""
    script = "all => all.slice(-20).map(article => article.innerHTML)"
    html: list[str] = articles(page).evaluate_all(script)
    return html


def text(page: Page, number: int) -> Locator:
    return page.get_by_text(f"Message {number}", exact=True)


def test_earlier_messages_come_without_a_jump(sized: Page, live: str, owner: User) -> None:
    open_thread(sized, live, make_long_thread(owner, 400))
    assert shown(sized) == list(range(350, 400))
    sized.evaluate("document.querySelector('.scroll').scrollBy(0, -600)")
    watch(sized)
    sized.evaluate(
        """() => { const s = document.querySelector('.scroll');
                   s.scrollTop = -(s.scrollHeight - s.clientHeight) + 700; window.hold();
                   window.jumps = []; }"""
    )
    expect(text(sized, 300)).to_be_attached()
    assert jumps(sized) == []
    assert shown(sized) == sorted(shown(sized))


@pytest.mark.parametrize("key", ["PageUp", "Home"])
def test_keys_go_up_through_all_of_it(page: Page, live: str, owner: User, key: str) -> None:
    open_thread(page, live, make_long_thread(owner, 160))
    page.locator(".scroll").focus()
    for _ in range(60):
        page.keyboard.press(key)
        rest(page)
        if 0 in shown(page):
            break
    assert shown(page) == list(range(160))
    expect(page.locator("[data-gap]")).to_have_count(0)


def test_an_hour_of_scrolling_leaves_a_light_page(page: Page, live: str, owner: User) -> None:
    open_thread(page, live, make_long_thread(owner, 1_200))
    most = 0
    for number in (800, 300, 0, 500, 1_199):
        scroll_to(page, number)
        most = max(most, articles(page).count())
        there = shown(page)
        assert number in there
        assert there == sorted(there)
        assert len(there) == len(set(there))
    assert most <= MOST
    assert articles(page).count() <= MOST
    scroll_to(page, 1_199)
    expect(page.locator("#log > [data-gap]:last-child")).to_have_count(0)


def test_what_is_evicted_and_comes_back_moves_nothing(sized: Page, live: str, owner: User) -> None:
    """Scrolled by hand through 600 messages and back: in each frame the text moves by what was
    scrolled, never more."""
    open_thread(sized, live, make_long_thread(owner, 600))
    sized.evaluate(
        """() => {
            const scroll = document.querySelector(".scroll");
            window.steps = [];
            let places = new Map();
            const note = () => new Map([...document.querySelectorAll("#log article")]
                .map(a => [a, a.getBoundingClientRect()])
                .filter(([, r]) => r.bottom > 0 && r.top < innerHeight)
                .map(([a, r]) => [a, r.top]));
            window.step = async (by) => {
                places = note();
                const [anchor, top] = [...places][0];
                const before = scroll.scrollTop;
                scroll.scrollTop += by;
                const moved = anchor.getBoundingClientRect().top - top;
                let last = anchor.getBoundingClientRect().top;
                for (let frame = 0; frame < 4; frame += 1) {
                    await new Promise(requestAnimationFrame);
                    if (!anchor.isConnected) break;
                    const now = anchor.getBoundingClientRect().top;
                    if (Math.abs(now - last) >= 1) window.steps.push(now - last);
                    last = now;
                }
                return moved;
            };
        }"""
    )
    for direction in (-450, 450):
        for _ in range(110):
            sized.evaluate("by => window.step(by)", direction)
    assert sized.evaluate("window.steps") == []
    assert articles(sized).count() <= MOST


def make_unread(thread: Thread, *, seen: int) -> None:
    Thread.objects.filter(pk=thread.pk).update(unread=True, seen_revision=seen)


@pytest.mark.parametrize("seen", [391, 301, 61])
def test_it_opens_at_the_first_unread_answer(
    sized: Page, live: str, owner: User, seen: int
) -> None:
    thread = make_long_thread(owner, 400)
    make_unread(thread, seen=seen)
    open_thread(sized, live, thread)
    line = sized.get_by_role("separator", name="New messages")
    expect(line).to_be_in_viewport()
    after = line.evaluate("node => node.nextElementSibling.textContent")
    assert f"Message {seen}" in after  # numbers begin at 0, revisions at 1
    expect(sized.get_by_role("button", name="Jump to latest")).to_be_visible()
    thread.refresh_from_db()
    assert thread.unread

    sized.get_by_role("button", name="Jump to latest").click()

    expect(text(sized, 399)).to_be_in_viewport()
    expect(sized.get_by_role("button", name="Jump to latest")).to_be_hidden()
    wait_until(lambda: not Thread.objects.get(pk=thread.pk).unread, what="all is seen")
    sized.reload()
    expect(line).to_have_count(0)


def test_what_was_passed_is_seen_though_the_end_was_not(page: Page, live: str, owner: User) -> None:
    thread = make_long_thread(owner, 200)
    make_unread(thread, seen=101)
    open_thread(page, live, thread)
    scroll_to(page, 150)
    wait_until(
        lambda: Thread.objects.filter(
            pk=thread.pk, unread=True, seen_revision__gte=150, seen_revision__lt=190
        ).exists(),
        what="a part is seen",
    )


def test_an_answer_below_moves_nobody_who_reads_above(
    sized: Page, live: str, owner: User, model: AIModel
) -> None:
    thread = make_long_thread(owner, 120, model=model)
    open_thread(sized, live, thread)
    sized.evaluate("document.querySelector('.scroll').scrollTop = -1500")
    watch(sized)
    other = sized.context.new_page()
    open_thread(other, live, thread)
    box(other).fill("Write 500 words about clay")
    box(other).press("Enter")
    expect(streaming(sized).first).to_be_attached()
    other.close()  # there it would be seen
    sized.evaluate(
        """() => { // and something that is late above the view
            const image = document.createElement("img");
            document.querySelectorAll("#log .prose, #log .msg-body")[3].append(image);
            setTimeout(() => { image.src = "data:image/svg+xml," + encodeURIComponent(
                '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="240"/>'); }, 300);
        }"""
    )
    finish(sized)
    assert jumps(sized) == []
    expect(sized.get_by_role("button", name="Jump to latest, 1 new")).to_be_visible()
    wait_until(lambda: Thread.objects.get(pk=thread.pk).unread, what="it is not seen")

    sized.get_by_role("button", name="Jump to latest, 1 new").click()

    expect(articles(sized).last).to_be_in_viewport()
    wait_until(lambda: not Thread.objects.get(pk=thread.pk).unread, what="it is seen")


def test_sending_from_far_above_goes_to_the_end(page: Page, live: str, owner: User) -> None:
    thread = make_long_thread(owner, 600)
    open_thread(page, live, thread)
    scroll_to(page, 100)
    assert page.locator("#log > [data-gap]:last-child").count() == 1
    box(page).fill("And now?")
    box(page).press("Enter")
    expect(streaming(page).first).to_be_in_viewport()
    expect(text(page, 599)).to_be_visible()
    finish(page)
    there = shown(page)
    assert there[-2:] == [-1, -1]
    assert there[-3] == 599
    assert len(there) == len({*there}) + 1
    end = last_of(page)
    page.reload()
    assert last_of(page) == end


def test_a_link_opens_around_an_old_message(page: Page, live: str, owner: User) -> None:
    thread = make_long_thread(owner, 2_000)
    old = Message.objects.get(thread=thread, content="Message 700")
    page.goto(f"{live}/chat/{thread.pk}/#message-{old.pk}")
    expect(page.locator(f"#message-{old.pk}")).to_be_in_viewport()
    assert articles(page).count() <= MOST
    scroll_to(page, 760)
    button(page, "Jump to latest").click()
    expect(text(page, 1_999)).to_be_in_viewport()


def test_what_the_reader_holds_stays(page: Page, live: str, owner: User) -> None:
    """An open editor, a selection and the focus are not evicted; what was around them is."""
    open_thread(page, live, make_long_thread(owner, 700))
    question = articles(page).nth(shown(page).index(690))
    question.hover()
    question.get_by_role("button", name="Edit").click()
    page.get_by_role("textbox", name="New wording").fill("Half a thought")
    scroll_to(page, 200)
    there = shown(page)
    assert 690 in there
    assert 600 not in there
    assert there == sorted(there)
    expect(page.get_by_role("textbox", name="New wording")).to_have_value("Half a thought")
    scroll_to(page, 688)
    assert len(articles(page).all()) <= MOST


def test_a_branch_that_is_taken_below_leaves_the_reader_above(
    page: Page, live: str, owner: User, model: AIModel
) -> None:
    thread = make_long_thread(owner, 300, model=model)
    open_thread(page, live, thread)
    scroll_to(page, 180)
    rest(page)
    watch(page)
    last = Message.objects.get(thread=thread, content="Message 299")
    branches.delete(user=owner, thread_id=thread.pk, message_id=last.pk)
    expect(text(page, 299)).not_to_be_attached()
    assert jumps(page) == []
    assert text(page, 180).is_visible()
