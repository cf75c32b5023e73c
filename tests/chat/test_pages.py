"""Pages of threads: what they show, and that a long thread or a long list costs no more."""

import re
import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from activity import ledger
from activity.streaming.ids import thoughts_id
from chat.live import LiveThread
from chat.models import Thread
from providers.models import AIModel
from tests.chat.cost import Cost, analyze, cost
from tests.factories import make_generation, make_long_thread, make_running

pytestmark = pytest.mark.django_db

QUERIES = 13


@pytest.fixture
def browser(owner: User) -> Client:
    client = Client()
    client.force_login(owner)
    return client


def shown(html: str) -> list[str]:
    """The messages of a page or fragment, by their numbers in a long thread."""
    return [one.split()[-1] for one in re.findall(r"Message \d+(?=<)", html)]


def test_a_page_shows_the_newest_fifty_and_where_the_rest_is(owner: User, browser: Client) -> None:
    thread = make_long_thread(owner, 120)
    seen: list[str] = []
    html = browser.get(f"/chat/{thread.pk}/").content.decode()
    for expected in (50, 50, 20):
        numbers = shown(html)
        assert len(numbers) == expected
        seen = numbers + seen
        assert ("data-gap" in html.partition("<article")[0]) == (expected == 50)
        first = re.search(r'id="message-([0-9a-f-]{36})"', html)
        assert first
        query = {"before": first[1], "revision": thread.revision}
        html = browser.get(f"/chat/{thread.pk}/window/", query).content.decode()

    assert seen == [str(number) for number in range(120)]


@pytest.mark.parametrize("messages", [0, 1, 49, 50, 51])
def test_older_messages_are_offered_only_where_there_are_some(
    messages: int, owner: User, browser: Client
) -> None:
    thread = make_long_thread(owner, messages) if messages else Thread.objects.create(owner=owner)

    html = browser.get(f"/chat/{thread.pk}/").content.decode()

    assert len(shown(html)) == min(messages, 50)
    assert ("data-gap" in html.partition("<template")[0]) == (messages > 50)


def measured(browser: Client, path: str) -> Cost:
    with cost() as found:
        assert browser.get(path).status_code == 200
    return found


WINDOWS = [
    f"window/?revision={{last}}&{query}"
    for query in ("", "before={leaf}", "around={leaf}", "after={middle}")
]
ENDS = ["", "changes/?revision=0", "changes/?revision={last}", *WINDOWS]


def test_a_thread_of_ten_thousand_messages_costs_no_more_than_a_short_one(
    owner: User, browser: Client, model: AIModel
) -> None:
    short, long = (make_long_thread(owner, count, model=model) for count in (120, 10_000))
    analyze()
    for end in ENDS:
        costs = []
        for thread in (short, long):
            middle = thread.messages.get(content="Message 40").pk
            path = end.format(last=thread.revision - 1, leaf=thread.leaf_id, middle=middle)
            costs.append(measured(browser, f"/chat/{thread.pk}/{path}"))

        assert max(one.queries for one in costs) <= QUERIES
        blocks = [one.blocks() for one in costs]
        assert blocks[1] <= blocks[0] * 1.5 + 50, end


def test_a_page_that_is_generating_takes_two_more_queries(owner: User, browser: Client) -> None:
    for _ in range(5):
        make_generation(owner)
    running = make_running(owner)

    assert measured(browser, f"/chat/{running.thread_id}/").queries <= QUERIES + 2


def test_the_number_of_threads_and_models_costs_no_queries(
    owner: User, browser: Client, model: AIModel
) -> None:
    before = measured(browser, "/chat/").queries
    moment = timezone.now()
    Thread.objects.bulk_create(
        Thread(owner=owner, title=f"T{n}", last_activity_at=moment - timedelta(hours=n))
        for n in range(300)
    )
    AIModel.objects.bulk_create(
        AIModel(provider=model.provider, slug=f"m{n}", name=f"M{n}") for n in range(40)
    )

    assert measured(browser, "/chat/").queries == before <= QUERIES


def test_other_peoples_threads_cost_nothing(
    owner: User, stranger: User, browser: Client, model: AIModel
) -> None:
    """Some are there from the start: a table of a few blocks is read otherwise than any other."""
    thread = make_long_thread(owner, 50, model=model)
    moment = timezone.now()
    costs = []
    for count in (5_000, 15_000):
        Thread.objects.bulk_create(
            Thread(owner=stranger, last_activity_at=moment - timedelta(minutes=n))
            for n in range(count)
        )
        make_long_thread(stranger, count, model=model)
        analyze()
        costs.append(measured(browser, f"/chat/{thread.pk}/").blocks())

    few, many = costs
    assert many <= few * 1.3 + 20


def test_htmx_gets_the_conversation_only(owner: User, browser: Client) -> None:
    thread = make_long_thread(owner, 2)

    page = browser.get(f"/chat/{thread.pk}/")
    fragment = browser.get(f"/chat/{thread.pk}/", headers={"HX-Request": "true"})

    assert "<html" in page.content.decode()
    assert "<html" not in fragment.content.decode()
    assert 'id="log"' in fragment.content.decode()
    for response in (page, fragment):
        assert "HX-Request" in response.headers["Vary"]
        assert "Cookie" in response.headers["Vary"]


def test_the_new_page_names_no_thread_and_is_not_busy(owner: User, browser: Client) -> None:
    html = browser.get("/chat/").content.decode()

    assert 'data-conversation=""' in html
    assert 'data-busy="false"' in html


def test_a_page_tells_its_revision_and_whether_it_is_busy(owner: User, browser: Client) -> None:
    running = make_running(owner)
    html = browser.get(f"/chat/{running.thread_id}/").content.decode()
    assert 'data-revision="1"' in html
    assert 'data-busy="true"' in html

    ledger.end_from_outside(running.pk, state="stopped")

    html = browser.get(f"/chat/{running.thread_id}/").content.decode()
    assert 'data-revision="2"' in html
    assert 'data-busy="false"' in html


def test_a_page_load_frees_a_thread_whose_worker_is_lost(owner: User, browser: Client) -> None:
    running = make_running(owner)
    ledger.save_chunks([(running.pk, running.epoch, 0, "Half")])
    type(running).objects.update(lease_until="2000-01-01T00:00:00Z")

    html = browser.get(f"/chat/{running.thread_id}/").content.decode()

    assert 'data-busy="false"' in html
    assert "Interrupted." in html


def test_a_page_without_a_socket_frees_it_too(owner: User, browser: Client) -> None:
    running = make_running(owner)
    ledger.save_chunks([(running.pk, running.epoch, 0, "Half")])
    type(running).objects.update(lease_until="2000-01-01T00:00:00Z")

    found = browser.get(f"/chat/{running.thread_id}/changes/?revision=1").json()

    assert (found["busy"], found["revision"]) == (False, 2)
    assert "Interrupted." in found["content"]


# --- Changes since a revision -------------------------------------------------------------------


def changes(thread: Thread, revision: int) -> str:
    found = LiveThread().changes_since(user=thread.owner, id=thread.pk, revision=revision)
    assert found is not None
    assert found.revision == Thread.objects.get(pk=thread.pk).revision
    return found.content


def targets(content: str) -> list[str]:
    return re.findall(r'<hx-partial hx-target="([^"]*)" hx-swap="([^"]*)"', content)


SMALL = [("#queue", "outerMorph"), ("#thread-head", "outerMorph")]  # and always sent


def test_a_page_that_has_all_gets_only_queue_and_head(owner: User) -> None:
    thread = make_long_thread(owner, 4)

    assert targets(changes(thread, 4)) == SMALL


def test_a_page_that_lacks_messages_gets_those(owner: User) -> None:
    thread = make_long_thread(owner, 10)

    content = changes(thread, 7)

    assert targets(content) == [("#log", "beforeend"), *SMALL]
    assert shown(content) == ["7", "8", "9"]


def test_a_page_that_lacks_an_end_gets_it_in_its_place(owner: User) -> None:
    running = make_running(owner)
    thread = Thread.objects.get(pk=running.thread_id)
    ledger.end_from_outside(running.pk, state="stopped")

    assert targets(changes(thread, 1)) == [
        (f"#message-{running.message_id}", "outerMorph"),
        *SMALL,
    ]


@pytest.mark.parametrize("lacks", [50, 51])
def test_a_page_that_lacks_more_than_a_page_gets_the_newest_page(owner: User, lacks: int) -> None:
    thread = make_long_thread(owner, 200)

    content = changes(thread, 200 - lacks)

    whole = lacks > 50
    assert targets(content) == [("#log", "innerMorph" if whole else "beforeend"), *SMALL]
    assert shown(content) == [str(number) for number in range(150, 200)]
    assert ("data-gap" in content) == whole


def test_a_page_from_before_the_path_changed_gets_the_newest_page(owner: User) -> None:
    thread = make_long_thread(owner, 6)
    thread.bump(path=True)

    assert targets(changes(thread, 5)) == [("#log", "innerMorph"), *SMALL]
    assert targets(changes(thread, 7)) == SMALL


@pytest.mark.parametrize("revision", [-1, 99, 10**30])
def test_a_page_with_an_impossible_revision_gets_the_newest_page(
    owner: User, revision: int
) -> None:
    thread = make_long_thread(owner, 3)

    assert shown(changes(thread, revision)) == ["0", "1", "2"]


def test_nobody_else_is_told_of_changes(owner: User, stranger: User) -> None:
    thread = make_long_thread(owner, 2)

    for user, id in ((stranger, thread.pk), (owner, uuid.uuid4())):
        assert LiveThread().changes_since(user=user, id=id, revision=0) is None
        assert LiveThread().row(user=user, id=id) is None


def test_only_texts_in_flight_are_followed(owner: User) -> None:
    running = make_running(owner)
    found = LiveThread().changes_since(user=owner, id=running.thread_id, revision=0)
    assert found is not None
    assert [(one.generation_id, one.element) for one in found.streams] == [
        (running.pk, str(running.message_id)),
        (thoughts_id(running.pk), f"{running.message_id}-thoughts"),
    ]

    ledger.end_from_outside(running.pk, state="stopped")

    found = LiveThread().changes_since(user=owner, id=running.thread_id, revision=0)
    assert found is not None
    assert list(found.streams) == []
