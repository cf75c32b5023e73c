"""The corpora in a real Chromium, wherever somebody else's words are shown: no script runs, no
dialog opens, nothing is asked of another site, and the content security policy has nothing to
report."""

import socket
import time
from collections.abc import Callable, Iterator

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, Request, expect

from accounts.models import User
from activity.streaming.markdown import IncrementalRenderer, render
from chat.models import Message, Role, Status, Thread
from providers.models import AIModel
from tests.e2e.states import settle
from tests.faults.upstream import Upstream
from tests.providers.wire import DONE, delta, head
from tests.security.corpora import ALL, BLNS, OWASP

pytestmark = [pytest.mark.e2e, pytest.mark.stack, pytest.mark.timeout(300)]

WATCH = """
window.reports = [];
document.addEventListener("securitypolicyviolation", (e) => window.reports.push(
  `${e.violatedDirective} ${e.blockedURI} ${e.sourceFile}:${e.lineNumber} ${e.sample}`));
for (const name of ["alert", "confirm", "prompt", "print"])
  window[name] = (x) => window.reports.push(`${name} ${x}`);
"""
EVENT_ATTRIBUTES = """() => [...document.querySelectorAll("#log *, #threads *")].filter((node) =>
  node.localName === "script" || node.localName === "img" || node.localName === "iframe" ||
  [...node.attributes].some(({name}) => name.startsWith("on") || name === "style" ||
    name.startsWith("hx-on"))).map((node) => node.outerHTML.slice(0, 200))"""


@pytest.fixture
def page(context: BrowserContext, live: str) -> Iterator[Page]:
    """A page that fails the test for whatever it did on another's word."""
    context.add_init_script(WATCH)
    page, strange = context.new_page(), []

    def note(request: Request) -> None:
        if not request.url.startswith((live, live.replace("http", "ws", 1), "data:", "blob:")):
            strange.append(request.url)

    page.on("request", note)
    page.on("dialog", lambda dialog: (strange.append(dialog.message), dialog.dismiss()))
    page.on("pageerror", lambda error: strange.append(str(error)))
    yield page
    assert strange == []
    assert page.evaluate("window.reports") == []
    assert page.evaluate(EVENT_ATTRIBUTES) == []


def drawn(page: Page) -> None:
    """Wait until the formulas are drawn, or found to be none."""
    page.wait_for_function(
        "() => [...document.querySelectorAll('tex-math:not(.open)')].every((one) => one.shadowRoot)"
    )


def answer(thread: Thread, text: str, html: str) -> Message:
    return Message.objects.create(
        thread=thread,
        parent_id=thread.leaf_id,
        role=Role.ASSISTANT,
        status=Status.COMPLETED,
        content=text,
        html=html,
        reasoning=text,
        reasoning_html=html,
    )


def thread_of_answers(owner: User, answers: list[tuple[str, str]]) -> Thread:
    """One line of messages, each with its source also as a question."""
    thread = Thread.objects.create(owner=owner, title="Corpus")
    for text, html in answers:
        question = Message.objects.create(
            thread=thread, parent_id=thread.leaf_id, role=Role.USER, author=owner, content=text
        )
        thread.leaf = question
        thread.leaf = answer(thread, text, html)
    thread.save()
    return thread


def cut_short(text: str) -> str:
    """All of its beginnings, each as it is shown while it is written."""
    shown = []
    for end in range(1, len(text) + 1):
        renderer = IncrementalRenderer()
        renderer.feed(text[:end])
        shown.append(renderer.closed_html + renderer.tail_html)
    return "".join(f"<div>{html}</div>" for html in shown)


def test_the_watch_sees_what_it_is_for(page: Page, live: str) -> None:
    page.goto(f"{live}/chat/")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p id=x onclick=alert(1)>x</p>')")
    page.evaluate("document.body.setAttribute('style', 'color: red'); alert(1)")
    page.wait_for_function("window.reports.length >= 3")
    page.evaluate("window.reports = []; document.getElementById('x').remove()")


def test_answers_questions_and_reasoning(page: Page, live: str, owner: User) -> None:
    size = len(ALL) // 20 + 1
    texts = ["\n\n".join(ALL[at : at + size]).replace("\0", "") for at in range(0, len(ALL), size)]
    thread = thread_of_answers(owner, [(text, render(text, scope=str(n)))
                                       for n, text in enumerate(texts)])  # fmt: skip
    page.goto(f"{live}/chat/{thread.pk}/")
    expect(page.locator("#log > article")).to_have_count(2 * len(texts))
    drawn(page)
    page.evaluate("document.querySelectorAll('details').forEach((one) => one.open = true)")
    drawn(page)
    settle(page)


def test_answers_cut_at_every_character(page: Page, live: str, owner: User) -> None:
    scripts = [one for one in BLNS if "script" in one.lower() and len(one) < 120][:60]
    texts = [*OWASP, *scripts]
    thread = thread_of_answers(owner, [(text, cut_short(text)) for text in texts[:100:5]])
    for at in range(0, len(texts), 20):
        Message.objects.filter(thread=thread).delete()
        thread = thread_of_answers(owner, [(one, cut_short(one)) for one in texts[at : at + 20]])
        page.goto(f"{live}/chat/{thread.pk}/")
        drawn(page)
        assert page.evaluate("window.reports") == []
        assert page.evaluate(EVENT_ATTRIBUTES) == []


def test_a_streamed_answer(page: Page, live: str, owner: User) -> None:
    pieces = [
        piece for text in OWASP for piece in (text[:7], text[7:15], text[15:], "\n\n") if piece
    ]

    def script(connection: socket.socket) -> None:
        connection.sendall(head())
        for number, piece in enumerate(pieces):
            connection.sendall(delta(piece, reasoning_content=piece))
            if number % 10 == 0:
                let_a_tick_pass()
        connection.sendall(delta(None, "stop") + DONE)

    with Upstream(script) as upstream:
        upstream.become_model_of(owner)
        page.goto(f"{live}/chat/")
        box = page.get_by_role("textbox", name="Message")
        box.fill("".join(OWASP)[:5_000])
        box.press("Enter")
        expect(page.locator(".msg-foot .meta")).to_be_visible(timeout=60_000)
    drawn(page)


def let_a_tick_pass() -> None:
    """So long that a tick falls into it."""
    time.sleep(0.1)


# Where the names of things are shown: what makes one so called, and the page that shows it.
NAMED: dict[str, Callable[[User, str], str]] = {
    "title": lambda owner, name: (
        f"/chat/{Thread.objects.create(owner=owner, title=name[:200]).pk}/"
    ),
}


@pytest.mark.parametrize("kind", NAMED)
def test_names(page: Page, live: str, owner: User, model: AIModel, kind: str) -> None:
    names = [text.replace("\0", "") for text in [*OWASP, *BLNS] if text.strip()]
    paths = [NAMED[kind](owner, name) for name in names]
    Thread.objects.update(last_activity_at=timezone.now())
    for path in paths[:: len(paths) // 25]:
        page.goto(live + path)
        assert page.evaluate("window.reports") == []
        assert page.evaluate(EVENT_ATTRIBUTES) == []
    page.evaluate("document.querySelector('[data-more]')?.scrollIntoView()")
