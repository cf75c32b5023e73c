"""Formulas, footnotes, tables and reasoning as a reader sees them."""

import socket
import threading

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from activity.streaming.markdown import render
from chat.models import Message, Role, Status, Thread
from tests.e2e.states import settle
from tests.faults.upstream import Upstream
from tests.providers.wire import DONE, delta, head

pytestmark = [pytest.mark.e2e, pytest.mark.stack]

# Each of what KaTeX would style by attribute.
STYLED = r"""
$\pmb{x}$ $\fcolorbox{red}{blue}{y}$ $\sqrt{\frac{a}{\frac{b}{c}}}$ $\vec{v}$ $\boxed{z}$
$\cancel{q}$ $\left(\begin{matrix}a\\b\\c\\d\\e\\f\end{matrix}\right)$ $\overbrace{a+b}^{n}$
$\rule{1em}{2em}$ $\colorbox{aqua}{w}$ $\widehat{abc}$ $\xrightarrow{abc}$ $\raisebox{1em}{r}$
$\begin{array}{c|c}1&2\\\hline3&4\end{array}$ $\utilde{abc}$ $\textcolor{red}{t}$
$\phase{-78^\circ}$ $\left\lmoustache\begin{matrix}a\\b\\c\\d\\e\end{matrix}\right\rmoustache$
"""
ANSWER = r"""## Energy

It is $E = mc^2$, as \(x_1\) shows[^1], for $5 and not $10:

$$
\int_0^1 x^2\,dx
= \frac{1}{3}
$$

| quantity | symbol | unit | value | remark that is long | and another |
|---|---|---|---:|---|---|
| energy | $E$ | J | 1 | words and words and words | words and words |

- [x] done
- [ ] open

![a picture](https://pictures.example/a.png) and broken: $\frac{$

```python
def f(x): return x
```

[^1]: A note with *emphasis* and $y$.
"""


def thread_with(owner: User, *answers: str) -> Thread:
    thread = Thread.objects.create(owner=owner, title="Physics")
    for number, text in enumerate(answers):
        thread.leaf = Message.objects.create(
            thread=thread,
            parent_id=thread.leaf_id,
            role=Role.ASSISTANT,
            status=Status.COMPLETED,
            content=text,
            html=render(text, scope=str(number)),
            reasoning="Let me *think*.",
            reasoning_html=render("Let me *think*."),
            reasoning_seconds=4.2,
        )
    thread.save()
    return thread


def drawn(page: Page) -> int:
    page.wait_for_function(
        "() => [...document.querySelectorAll('tex-math:not(.open)')].every((one) => one.shadowRoot)"
    )
    count: int = page.evaluate(
        "[...document.querySelectorAll('tex-math')]"
        ".filter((one) => one.shadowRoot?.querySelector('.katex')).length"
    )
    return count


def katex_requests(page: Page) -> list[str]:
    found: list[str] = []
    page.on("request", lambda request: "katex" in request.url and found.append(request.url))
    return found


def test_formulas_are_drawn_and_asked_for_only_when_there_are_any(
    page: Page, live: str, owner: User
) -> None:
    plain, physics = thread_with(owner, "No formula, $5."), thread_with(owner, ANSWER)
    asked = katex_requests(page)
    page.goto(f"{live}/chat/{plain.pk}/")
    page.wait_for_load_state("networkidle")
    assert asked == []

    page.locator(f'#threads a[href*="{physics.pk}"]').click()
    expect(page.locator("tex-math").first).to_be_visible()
    assert drawn(page) == page.locator("tex-math").count() - 1 == 5  # one is broken
    settle(page)  # a drawn formula may be ahead of its fonts
    assert any(url.endswith(".woff2") for url in asked)
    expect(page.locator("#log")).to_contain_text("for $5 and not $10")
    assert page.locator("#log img").count() == 0


def test_what_is_styled_is_so_within_the_policy(page: Page, live: str, owner: User) -> None:
    thread = thread_with(owner, STYLED)
    page.goto(f"{live}/chat/{thread.pk}/")
    assert drawn(page) == page.locator("tex-math").count() >= 16
    width = page.evaluate(
        "[...document.querySelectorAll('tex-math')][2].shadowRoot.querySelector('svg')"
        ".getBoundingClientRect().width"
    )
    assert width > 5


def test_a_broken_formula_stays_as_it_was_written(page: Page, live: str, owner: User) -> None:
    thread = thread_with(owner, "so $\\frac{1$ and $\\nosuch{x}$ and $x$")
    page.goto(f"{live}/chat/{thread.pk}/")
    assert drawn(page) == 1
    expect(page.locator("#log")).to_contain_text("\\nosuch{x}")


def test_footnotes_lead_there_and_back_in_their_own_answer(
    page: Page, live: str, owner: User
) -> None:
    thread = thread_with(owner, "One[^1]\n\n[^1]: First.", "Two[^1]\n\n[^1]: Second.")
    page.goto(f"{live}/chat/{thread.pk}/")
    second = page.locator("#log > article").nth(1)
    url = page.url
    second.locator("sup.mark a").click()
    expect(second.locator(".note a.mark")).to_be_focused()
    second.locator(".note a.mark").click()
    expect(second.locator("sup.mark a")).to_be_focused()
    assert page.url == url


def test_a_wide_table_scrolls_by_itself_on_a_phone(page: Page, live: str, owner: User) -> None:
    thread = thread_with(owner, ANSWER)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{live}/chat/{thread.pk}/")
    drawn(page)
    assert page.locator(".prose .table").evaluate("one => one.scrollWidth > one.clientWidth")
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")


def test_thoughts_are_open_to_see_and_stay_open(page: Page, live: str, owner: User) -> None:
    steps = [threading.Event() for _ in range(3)]

    def script(connection: socket.socket) -> None:
        connection.sendall(head() + delta(None, reasoning="First, *look*."))
        steps[0].wait(20)
        connection.sendall(delta("It is $x^2$ and"))
        steps[1].wait(20)
        connection.sendall(delta(" more $$\n\\frac{a"))
        steps[2].wait(20)
        connection.sendall(delta("}{b}\n$$\n") + delta(None, "stop") + DONE)

    with Upstream(script) as upstream:
        upstream.become_model_of(owner)
        page.goto(f"{live}/chat/")
        box = page.get_by_role("textbox", name="Message")
        box.fill("?")
        box.press("Enter")
        summary = page.locator(".thoughts summary")
        expect(summary).to_contain_text("Thinking…")
        expect(page.locator(".msg-wait")).to_be_hidden()
        expect(page.locator(".thoughts .prose")).to_be_hidden()
        summary.click()
        expect(page.locator(".thoughts em")).to_have_text("look")
        steps[0].set()
        expect(page.locator("[data-thinking]")).to_be_hidden()
        expect(page.locator("tex-math .katex").first).to_be_attached()
        page.evaluate("window.first = document.querySelector('tex-math').shadowRoot.firstChild")
        steps[1].set()
        expect(page.locator("article .prose").last).to_contain_text("more")
        assert page.evaluate("first === document.querySelector('tex-math').shadowRoot.firstChild")
        steps[2].set()
        expect(summary).to_contain_text("Thought for")
    expect(page.locator(".thoughts em")).to_be_visible()
    expect(page.locator("tex-math .katex")).to_have_count(2)
    page.reload()
    expect(page.locator(".thoughts em")).to_be_hidden()
    expect(page.locator("tex-math .katex")).to_have_count(2)
