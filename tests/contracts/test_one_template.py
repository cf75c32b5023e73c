"""A piece of the page is the same wherever it comes from: the page, the fragment that htmx
fetches, the changes over HTTP, the live channel, or its template without a request."""

import uuid
from collections.abc import Callable

import pytest
from asgiref.sync import async_to_sync
from django.template.loader import render_to_string
from django.test import Client
from django.utils.translation import override

from accounts.models import User
from activity import ledger
from activity.kinds import Outcome
from activity.models import Generation, State
from activity.redis import async_client
from activity.services import stop
from activity.streaming.store import Store
from chat import listing
from chat.live import LiveThread
from chat.models import Message, Role, Thread
from providers.base import Usage
from tests.contracts.html import Element, parse
from tests.factories import make_generation, make_queued, make_running

pytestmark = pytest.mark.django_db

MOMENTARY = {"data-rendered"}  # when it was rendered
OF_THE_PAGE = {"aria-current"}  # which thread this page shows


def end(running: Generation, state: State, text: str, code: str = "") -> None:
    outcome = Outcome(
        state,
        text=text,
        html=f"<p>{text}</p>",
        error_code=code,
        usage=Usage(3, 1_234),
        seconds=4.2,
    )
    assert ledger.finish(running.pk, epoch=running.epoch, outcome=outcome)


def write_text(running: Generation, closed: str, tail: str) -> None:
    async def write() -> None:
        redis = async_client()
        await Store(redis).replace(
            running.pk, epoch=running.epoch, text="One two", closed=closed, tail=tail
        )
        await redis.aclose()

    async_to_sync(write)()


def queued(owner: User) -> Generation:
    return make_generation(owner, text="What is clay?")


def writing(owner: User) -> Generation:
    running = make_running(owner, text="What is clay?")
    write_text(running, "<p>One</p>", "<p>two</p>")
    return running


def completed(owner: User) -> Generation:
    running = make_running(owner, text="What is <clay>?")
    end(running, State.COMPLETED, "Clay is earth.")
    return running


def stopped(owner: User) -> Generation:
    running = make_running(owner)
    ledger.save_chunks([(running.pk, running.epoch, 0, "Clay is")])
    stop(generation=running)
    return running


def failed(owner: User) -> Generation:
    running = make_running(owner)
    end(running, State.FAILED, "", code="rate_limited")
    return running


def interrupted(owner: User) -> Generation:
    running = make_running(owner)
    end(running, State.INTERRUPTED, "Clay", code="interrupted")
    return running


ENDED = [completed, stopped, failed, interrupted]
STATES = [queued, writing, *ENDED]


@pytest.fixture
def browser(owner: User) -> Client:
    client = Client()
    client.force_login(owner)
    return client


def essence(element: Element) -> Element:
    """The element without what may differ: when it was rendered, and which page shows it."""
    for one in element.walk():
        for name in MOMENTARY | OF_THE_PAGE:
            one.attributes.pop(name, None)
    return element


def sources(browser: Client, thread: Thread, user: User) -> dict[str, Element]:
    base = f"/chat/{thread.pk}/"
    live = LiveThread().changes_since(user=user, id=thread.pk, revision=0)
    assert live is not None
    return {
        "page": parse(browser.get(base).content.decode()),
        "fragment": parse(browser.get(base, headers={"HX-Request": "true"}).content.decode()),
        "changes": parse(browser.get(f"{base}changes/?revision=0").json()["content"]),
        "live": parse(live.content),
    }


def assert_same(pieces: dict[str, Element]) -> None:
    essences = {source: essence(piece) for source, piece in pieces.items()}
    first = essences.pop("page")
    for source, piece in essences.items():
        assert piece == first, source


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
@pytest.mark.parametrize("language", ["en", "pt-br"])
def test_messages_and_head_are_the_same_from_everywhere(
    state: Callable[[User], Generation], language: str, owner: User, browser: Client
) -> None:
    owner.language = language
    owner.save()
    thread = Thread.objects.get(pk=state(owner).thread_id)
    with override(language):
        found = sources(browser, thread, owner)

    for name in ["thread-head", *(f"message-{pk}" for pk in ids_of(thread))]:
        assert_same({source: page.find(name) for source, page in found.items()})


def ids_of(thread: Thread) -> list[uuid.UUID]:
    return list(thread.messages.values_list("pk", flat=True))


@pytest.mark.parametrize("paused", [False, True], ids=["going on", "paused"])
@pytest.mark.parametrize("language", ["en", "pt-br"])
def test_the_queue_is_the_same_from_everywhere(
    paused: bool, language: str, owner: User, browser: Client
) -> None:
    owner.language = language
    owner.save()
    running = make_running(owner)
    make_queued(running, "What is <glaze>?")
    make_queued(running, "long " * 100)
    if paused:
        end(running, State.FAILED, "", code="timeout")
    with override(language):
        found = sources(browser, Thread.objects.get(), owner)

    assert_same({source: page.find("queue") for source, page in found.items()})


@pytest.mark.parametrize("state", ENDED, ids=lambda state: state.__name__)
def test_a_change_is_rendered_like_the_page(
    state: Callable[[User], Generation], owner: User, browser: Client
) -> None:
    """A page that saw the question is sent only the answer, in its place."""
    thread = Thread.objects.get(pk=state(owner).thread_id)
    answer = thread.messages.get(role=Role.ASSISTANT)
    changes = LiveThread().changes_since(user=owner, id=thread.pk, revision=1)
    assert changes is not None
    page = parse(browser.get(f"/chat/{thread.pk}/").content.decode())
    change = parse(changes.content)

    targets = [one.attributes["hx-target"] for one in change.walk() if one.tag == "hx-partial"]
    assert targets == [f"#message-{answer.pk}", "#queue", "#thread-head"]
    name = f"message-{answer.pk}"
    assert_same({"page": page.find(name), "change": change.find(name)})


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_a_row_of_the_sidebar_is_the_same_from_everywhere(
    state: Callable[[User], Generation], owner: User, browser: Client
) -> None:
    thread = Thread.objects.get(pk=state(owner).thread_id)
    row = LiveThread().row(user=owner, id=thread.pk)
    assert row is not None
    found = {
        "page": browser.get(f"/chat/{thread.pk}/").content.decode(),
        "another page": browser.get("/chat/").content.decode(),
        "settings": browser.get("/settings/").content.decode(),
        "fragment": browser.get("/chat/threads/").content.decode(),
        "listing": LiveThread().listing(user=owner),
        "row": row.html,
    }

    assert_same({source: parse(html).find(f"thread-{thread.pk}") for source, html in found.items()})


def test_the_row_belongs_under_the_heading_that_the_list_gives_it(owner: User) -> None:
    thread = Thread.objects.get(pk=make_generation(owner).thread_id)
    row = LiveThread().row(user=owner, id=thread.pk)

    (group, threads), *_ = listing.sidebar(owner).groups
    assert row is not None
    assert (row.group, [thread]) == (group, list(threads))


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_every_piece_can_be_rendered_without_a_request(
    state: Callable[[User], Generation], owner: User, browser: Client
) -> None:
    thread = Thread.objects.get(pk=state(owner).thread_id)
    page = parse(browser.get(f"/chat/{thread.pk}/").content.decode())
    pieces = {f"message-{one.pk}": ("chat/_message.html", {"message": one, "user": owner})
              for one in Message.objects.filter(thread=thread)}  # fmt: skip
    pieces["thread-head"] = ("chat/_head.html", {"thread": thread})
    row = listing.rows(owner).get(pk=thread.pk)
    pieces[f"thread-{thread.pk}"] = ("chat/_thread_item.html", {"thread": row})
    if state is writing:  # its text is in Redis, not in the row
        del pieces[f"message-{thread.messages.get(role=Role.ASSISTANT).pk}"]

    for name, (template, context) in pieces.items():
        alone = parse(render_to_string(template, context))
        assert_same({"page": page.find(name), template: alone.find(name)})


def test_older_messages_are_rendered_like_new_ones(owner: User, browser: Client) -> None:
    thread = Thread.objects.get(pk=completed(owner).thread_id)
    first, last = thread.messages.order_by("created_at")
    page = parse(browser.get(f"/chat/{thread.pk}/").content.decode())

    url = f"/chat/{thread.pk}/window/?before={last.pk}&revision=99"
    older = parse(browser.get(url).content.decode())

    name = f"message-{first.pk}"
    assert_same({"page": page.find(name), "older": older.find(name)})


def test_the_text_so_far_is_on_the_page(owner: User, browser: Client) -> None:
    running = writing(owner)

    page = parse(browser.get(f"/chat/{running.thread_id}/").content.decode())

    article = page.find(f"message-{running.message_id}")
    texts = {one.attributes.get("data-stream"): one.text for one in article.walk()}
    assert texts[str(running.message_id)] == "One two"
    assert texts[f"{running.message_id}-thoughts"] == ""
    assert article.attributes["aria-busy"] == "true"


def test_a_failure_says_in_one_sentence_why(owner: User, browser: Client) -> None:
    running = failed(owner)

    page = parse(browser.get(f"/chat/{running.thread_id}/").content.decode())

    article = page.find(f"message-{running.message_id}")
    assert "The model is asked too often right now." in article.text
    assert any(one.attributes.get("data-again") == "retry" for one in article.walk())
