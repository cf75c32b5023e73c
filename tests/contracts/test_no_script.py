"""Nothing that a person, a model or an administrator writes becomes part of a page's markup, and
no page of ours needs the browser to run or style anything that is not a file of ours."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.test import Client

from accounts.models import User
from activity import ledger
from activity.kinds import Outcome
from activity.models import Generation, State
from activity.services import stop
from activity.streaming.markdown import render
from chat.live import LiveThread
from chat.models import Thread
from providers.models import AIModel, Provider
from tests.contracts.html import Element, parse
from tests.contracts.routes import all_routes
from tests.contracts.test_access import ROUTES, make_one_of_each, url_of
from tests.factories import make_running

CORPUS = [
    "<script>alert(1)</script>",
    '"><script>alert(1)</script>',
    "'><img src=x onerror=alert(1)>",
    "<img src=x onerror=alert(1)//",
    "<svg/onload=alert(1)>",
    "<svg><script href=data:,alert(1) />",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=x()'>",
    "<details open ontoggle=alert(1)>",
    "<body onload=alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data=javascript:alert(1)>",
    "<embed src=javascript:alert(1)>",
    "<base href=//evil.test/>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<link rel=stylesheet href=//evil.test/x.css>",
    "<form action=//evil.test><button formaction=javascript:alert(1)>x</button></form>",
    "<a href=javascript:alert(1)>x</a>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](vbscript:msgbox(1))",
    "![x](javascript:alert(1))",
    '![x"onerror="alert(1)](x)',
    "[x]: javascript:alert(1)\n\n[x]",
    "<javascript:alert(1)>",
    "<x onclick=alert(1) hx-get=//evil.test hx-trigger=load>x</x>",
    '<hx-partial hx-target="body" hx-swap="innerHTML">gone</hx-partial>',
    '<p hx-on:load="alert(1)" data-again="retry" data-show="/x">x</p>',
    "<template data-source><script>alert(1)</script></template>",
    "</div></article></main><script>alert(1)</script>",
    "</title></head><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "--><script>alert(1)</script><!--",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?php echo 1 ?><script>alert(1)</script>",
    "{{ 7|add:7 }}{% debug %}${7*7}",
    "\x00<scr\x00ipt>alert(1)</script>",
    "<style>*{background:url(//evil.test)}</style>",
    "<p style=background:url(//evil.test)>x</p>",
    "```<script>alert(1)</script>\n</code></pre><script>alert(1)</script>\n```",
    "```js\"><script>alert(1)</script>\nx\n```",
    "| <script>alert(1)</script> | b |\n|---|---|\n| <img src=x onerror=alert(1)> | c |",
    "$<script>alert(1)</script>$",
    "\u202e<script>alert(1)</script>",
    "＜script＞alert(1)＜/script＞",
]  # fmt: skip

HARMLESS = "clay and water"
FORBIDDEN = {"iframe", "object", "embed", "base", "applet", "frame", "math", "style"}
SAFE_LINK = re.compile(r"^(https?://|mailto:|/[^/\\]|/$|#|\?)")
ADDRESSES = {"href", "src", "action", "formaction", "hx-get", "hx-post", "data", "srcset", "poster"}


def faults_of(page: Element) -> Iterator[str]:
    """What may be in no page: code, style or an address that is not a file's."""
    for one in page.walk():
        if one.tag in FORBIDDEN:
            yield f"<{one.tag}>"
        if one.tag == "script" and (one.text or "src" not in one.attributes):
            yield f"inline script: {one.text[:60]}"
        for name, value in one.attributes.items():
            if name.startswith(("on", "hx-on")) or name in {"style", "srcdoc", "hx-vals"}:
                yield f"{name} on <{one.tag}>"
            if name in ADDRESSES and not SAFE_LINK.match(value or "") and value:
                yield f"{name}={value[:60]!r} on <{one.tag}>"


def conversation(owner: User, words: str) -> Generation:
    """A thread in which whatever can be written by somebody is these words."""
    line = words.replace("\x00", "")
    Provider.objects.update(name=line[:80])
    AIModel.objects.update(name=line[:120])
    User.objects.filter(pk=owner.pk).update(name=line[:150])
    running = make_running(owner, text=words)
    Thread.objects.filter(pk=running.thread_id).update(title=line[:200])
    return running


def finish(running: Generation, words: str) -> None:
    outcome = Outcome(State.COMPLETED, text=words.replace("\x00", "\ufffd"), html=render(words))
    assert ledger.finish(running.pk, epoch=running.epoch, outcome=outcome)


def pages_of(owner: User, thread_id: object) -> dict[str, Element]:
    browser = Client()
    browser.force_login(owner)
    base = f"/chat/{thread_id}/"
    live = LiveThread()
    row = live.row(user=owner, id=thread_id)
    changes = live.changes_since(user=owner, id=thread_id, revision=0)
    assert row is not None
    assert changes is not None
    html = {
        "page": browser.get(base).content.decode(),
        "changes": changes.content,
        "row": row.html,
        "listing": live.listing(user=owner),
    }
    return {source: parse(text) for source, text in html.items()}


@pytest.mark.django_db
def test_what_people_write_never_changes_the_markup(owner: User) -> None:
    """Titles, questions and names: the same elements with the same attributes as for harmless
    words, and the words themselves as text."""
    finish(harmless := conversation(owner, HARMLESS), HARMLESS)
    expected = {name: page.shape for name, page in pages_of(owner, harmless.thread_id).items()}
    for words in map(" ".join, zip(CORPUS[::2], CORPUS[1::2], strict=True)):
        Thread.objects.all().delete()
        finish(running := conversation(owner, words), HARMLESS)

        pages = pages_of(owner, running.thread_id)
        for name, page in pages.items():
            assert page.shape == expected[name], (name, words)
        shown = words.replace("\x00", "\ufffd").split()
        question = pages["page"].find(f"message-{running.message.parent_id}")
        assert question.text.split()[: len(shown)] == shown


@pytest.mark.django_db
def test_what_a_model_writes_never_runs(owner: User) -> None:
    running = conversation(owner, HARMLESS)
    finish(running, "\n\n".join(CORPUS))
    for name, page in pages_of(owner, running.thread_id).items():
        assert list(faults_of(page)) == [], name


@pytest.mark.django_db
def test_an_answer_cut_anywhere_is_as_harmless(owner: User) -> None:
    message = conversation(owner, HARMLESS).message
    message.status = "completed"
    for words in CORPUS:
        for cut in range(1, len(words) + 1):
            message.html, message.content = render(words[:cut]), words[:cut]

            page = parse(render_to_string("chat/_message.html", {"message": message}))
            assert list(faults_of(page)) == [], words[:cut]


@pytest.mark.django_db
def test_a_stopped_answer_is_as_harmless(owner: User) -> None:
    for words in CORPUS:
        running = make_running(owner)
        text = words.replace("\x00", "")
        ledger.save_chunks([(running.pk, running.epoch, 0, text)])
        assert stop(generation=running)

        changes = LiveThread().changes_since(user=owner, id=running.thread_id, revision=0)
        assert changes is not None
        assert list(faults_of(parse(changes.content))) == [], words


def test_the_scan_sees_what_it_must() -> None:
    """A control: each of these must be found."""
    for html in (
        "<script>x</script>",
        "<script></script>",
        "<p onclick=x>",
        "<p style=x>",
        "<a href=javascript:x>",
        "<a href=//evil.test>",
        "<iframe>",
        "<p hx-on:click=x>",
    ):
        assert list(faults_of(parse(html))), html


# --- Every page ---------------------------------------------------------------------------------


def policy_of(response: HttpResponse) -> dict[str, list[str]]:
    header = response.headers.get("Content-Security-Policy", "")
    directives = (part.split() for part in header.split(";") if part.strip())
    return {name: values for name, *values in directives}


def assert_strict(response: HttpResponse, where: str) -> None:
    policy = policy_of(response)
    assert policy.get("script-src") == ["'self'"], where
    assert policy.get("style-src") == ["'self'"], where
    assert policy.get("object-src") == ["'none'"], where
    assert policy.get("frame-ancestors") == ["'none'"], where
    assert "unsafe" not in response.headers["Content-Security-Policy"], where
    assert response.headers["X-Content-Type-Options"] == "nosniff", where


@pytest.mark.django_db
def test_every_page_has_the_policy_and_keeps_it(owner: User, staff: User, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = False
    running = make_one_of_each(owner)
    for user in (None, owner, staff):
        browser = Client(raise_request_exception=False)
        if user is not None:
            browser.force_login(user)
        for name in ROUTES:
            response = browser.get(url_of(name, running))
            assert_strict(response, name)
            if response.headers.get("Content-Type", "").startswith("text/html"):
                page = parse(response.content.decode())
                assert list(faults_of(page)) == [], name


@pytest.mark.django_db
def test_pages_for_refused_requests_have_the_policy_too(owner: User) -> None:
    browser = Client(enforce_csrf_checks=True, raise_request_exception=False)
    browser.force_login(owner)
    form = "application/x-www-form-urlencoded"
    refused = {
        400: browser.get("/chat/", headers={"Host": "evil.test"}),
        403: browser.post("/settings/", {"theme": "dark"}),
        404: browser.get("/nothing-here/"),
        413: Client().post("/accounts/login/", b"a=" + b"a" * (5 << 20), content_type=form),
    }
    for status, response in refused.items():
        assert response.status_code == status
        assert_strict(response, str(status))
        assert list(faults_of(parse(response.content.decode()))) == []


@pytest.mark.django_db
def test_the_admin_has_the_policy_too(staff: User) -> None:
    browser = Client()
    browser.force_login(staff)
    running = make_one_of_each(staff)
    names = [name for space, name, _ in all_routes() if space.startswith("admin")]
    lists = [name for name in names if name.endswith(("_changelist", "_add"))]
    assert len(lists) > 20

    for name in ("admin:index", "admin:providers_provider_add", "admin:chat_thread_changelist"):
        assert name in names
        assert_strict(browser.get(url_of(name, running)), name)


def test_no_template_of_ours_has_inline_code() -> None:
    for path in Path(settings.BASE_DIR, "templates").rglob("*.html"):
        source = re.sub(r"{[{%#].*?[}%#]}", "x", path.read_text(), flags=re.DOTALL)
        inline = [fault for fault in faults_of(parse(source)) if "=" not in fault]
        assert inline == [], path.name
