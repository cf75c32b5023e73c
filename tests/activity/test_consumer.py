"""What a page hears on its websocket, and in which order."""

import uuid
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from redis.exceptions import RedisError

from accounts.models import User
from activity import consumers, events, ledger
from activity.live import outbox
from activity.live.hub import hub
from activity.models import Generation, State, TextChunk
from activity.redis import client
from activity.streaming import frames
from activity.streaming.ids import thoughts_id
from activity.streaming.markdown import Delta
from activity.streaming.store import Flush, Store, keys
from chat.live import LiveThread
from chat.models import Thread
from tests.activity.socket import Socket, open_thread, socket_of
from tests.factories import make_generation, make_running

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("clean_hub"),
]

sync = sync_to_async(thread_sensitive=True)


class Writer:
    """Writes an answer to Redis as a worker does, in plain text."""

    def __init__(self, running: Generation) -> None:
        self.running = running
        self.offset = 0

    async def write(self, text: str, epoch: int | None = None) -> int:
        start, end = self.offset, self.offset + len(text)
        epoch = epoch or self.running.epoch
        frame = frames.pack(epoch=epoch, start=start, end=end, delta=Delta(0, text, 0))
        flush = Flush(self.running.pk, epoch, start, end, text, start, text, end, 0, frame)
        (answer,) = await Store(hub().redis).append([flush])
        self.offset = end
        return answer


@pytest.fixture
def running(owner: User) -> Generation:
    return make_running(owner, text="What is clay?")


@pytest.fixture
async def page(owner: User) -> AsyncIterator[Socket]:
    async with socket_of(owner) as socket:
        await socket.hear_type("threads")  # the hub has just connected and tells everybody
        yield socket


async def row_that(socket: Socket, holds: Callable[[str], bool]) -> Any:
    """The first frame of a row whose HTML is like this; rows of earlier changes may come."""
    while True:
        frame = await socket.hear_type("row")
        if holds(frame["html"]):
            return frame


async def is_silent(socket: Socket) -> bool:
    """Not even a list of threads comes."""
    return bool(await socket.wire.receive_nothing(timeout=0.3))


async def hear_text(socket: Socket) -> list[Any]:
    """The next frame of an answer's own text, its stream numbered as if answers had no thoughts."""
    while True:
        frame = await hear_stream(socket)
        if frame[0] == "s":
            socket.streams[frame[1]] = str(frame[2])
        at = 1 if frame[0] == "s" else 0
        if not socket.streams[frame[at]].endswith("-thoughts"):
            answers = [
                n for n, id in sorted(socket.streams.items()) if not id.endswith("-thoughts")
            ]
            frame[at] = answers.index(frame[at]) + 1
            return frame


async def hear_stream(socket: Socket) -> list[Any]:
    """The next array."""
    while True:
        frame = await socket.hear()
        if isinstance(frame, list):
            return frame


async def end(running: Generation, state: State = State.STOPPED) -> None:
    await sync(ledger.end_from_outside)(running.pk, state=state)


# --- The open thread ----------------------------------------------------------------------------


async def test_opening_a_thread_brings_what_the_page_lacks(
    page: Socket, running: Generation
) -> None:
    frame = await open_thread(page, running.thread_id)

    assert frame["id"] == str(running.thread_id)
    assert (frame["since"], frame["revision"], frame["busy"]) == (0, 1, True)
    assert "What is clay?" in frame["content"]
    assert (await hear_text(page))[:2] == ["s", 1]


async def test_the_end_of_an_answer_arrives_by_itself(page: Socket, running: Generation) -> None:
    await open_thread(page, running.thread_id)

    await end(running)

    frame = await page.hear_type("thread")
    assert (frame["revision"], frame["busy"]) == (2, False)
    assert f"#message-{running.message_id}" in frame["content"]


async def test_a_closed_thread_is_not_told_of(page: Socket, running: Generation) -> None:
    await open_thread(page, running.thread_id)
    await hear_text(page)
    await page.say({"type": "close"})
    await page.say({"type": "ping"})
    await page.hear_type("pong")

    await Writer(running).write("Clay")
    await end(running)

    await row_that(page, lambda html: "spinner" not in html)
    assert await page.silent()


async def test_the_newly_opened_thread_takes_the_place_of_the_former(
    page: Socket, running: Generation, owner: User
) -> None:
    other = await sync(make_running)(owner)
    await open_thread(page, running.thread_id)
    await hear_text(page)
    await open_thread(page, other.thread_id)
    assert (await hear_text(page))[1:3] == [2, str(other.message_id)]

    await Writer(running).write("Not for this page")
    await Writer(other).write("For this page")

    assert await hear_text(page) == [2, 13, 0, "For this page", 0]
    assert hub()._listeners.keys() == {
        f"user:{owner.pk}",
        f"thread:{other.thread_id}",
        f"generation:{other.pk}",
        f"generation:{thoughts_id(other.pk)}",
    }


async def test_quick_switching_ends_with_the_last_thread(
    page: Socket, running: Generation, owner: User
) -> None:
    others = [await sync(make_generation)(owner) for _ in range(5)]
    for thread_id in [one.thread_id for one in others] * 3 + [running.thread_id]:
        await page.say({"type": "open", "kind": "thread", "id": str(thread_id), "revision": 0})
    await page.say({"type": "ping"})

    last: Any = None
    while True:
        frame = await page.hear()
        if isinstance(frame, dict) and frame["type"] == "thread":
            last = frame["id"]
        if isinstance(frame, list) and frame[2] == str(running.message_id):
            break
    assert last == str(running.thread_id)
    assert sum(name.startswith("thread:") for name in hub()._listeners) == 1


async def test_a_page_that_opens_again_is_given_its_text_anew(
    page: Socket, running: Generation
) -> None:
    writer = Writer(running)
    await writer.write("Clay is ")
    for number in (1, 2):
        await open_thread(page, running.thread_id)
        assert await hear_text(page) == ["s", number, str(running.message_id), 8, "", "Clay is "]
    await writer.write("earth")

    assert await hear_text(page) == [2, 13, 0, "earth", 0]


async def test_leaving_lets_go_of_every_channel(owner: User, running: Generation) -> None:
    async with socket_of(owner) as socket:
        await open_thread(socket, running.thread_id)
        await hear_text(socket)

    assert hub().channels == []


# --- Text ---------------------------------------------------------------------------------------


async def test_text_comes_as_a_snapshot_and_then_piece_by_piece(
    page: Socket, running: Generation
) -> None:
    writer = Writer(running)
    await writer.write("One ")
    await open_thread(page, running.thread_id)

    assert await hear_text(page) == ["s", 1, str(running.message_id), 4, "", "One "]
    for number, word in enumerate(("two ", "three "), 2):
        await writer.write(word)
        assert await hear_text(page) == [1, writer.offset, 0, word, 0], number


async def test_a_gap_is_closed_by_a_snapshot(page: Socket, running: Generation) -> None:
    writer = Writer(running)
    await open_thread(page, running.thread_id)
    await hear_text(page)
    lost = frames.pack(epoch=running.epoch, start=50, end=60, delta=Delta(0, "x", 0))
    await writer.write("One")
    await hear_text(page)

    client().publish(f"generation:{running.pk}", lost)

    assert await hear_text(page) == ["s", 2, str(running.message_id), 3, "", "One"]


async def test_a_frame_that_comes_twice_is_passed_on_once(
    page: Socket, running: Generation
) -> None:
    writer = Writer(running)
    await open_thread(page, running.thread_id)
    await hear_text(page)
    await writer.write("One")
    again = frames.pack(epoch=running.epoch, start=0, end=3, delta=Delta(0, "One", 0))
    client().publish(f"generation:{running.pk}", again)
    await writer.write("two")

    assert [await hear_text(page) for _ in range(2)] == [[1, 3, 0, "One", 0], [1, 6, 0, "two", 0]]


async def test_another_claim_starts_the_text_anew(page: Socket, running: Generation) -> None:
    first = Writer(running)
    await open_thread(page, running.thread_id)
    await hear_text(page)
    await first.write("Half")
    await hear_text(page)

    await Writer(running).write("New", epoch=running.epoch + 1)

    assert await hear_text(page) == ["s", 2, str(running.message_id), 3, "", "New"]


async def test_when_redis_was_flushed_the_saved_chunks_are_shown(
    page: Socket, running: Generation
) -> None:
    await sync(TextChunk.objects.create)(generation=running, offset=0, text="From *Postgres*")
    client().delete(*keys(running.pk))

    await open_thread(page, running.thread_id)

    frame = await hear_text(page)
    assert frame[3] == len("From *Postgres*")
    assert "<em>Postgres</em>" in frame[5]


async def test_a_page_that_does_not_read_gets_a_snapshot_when_it_does(
    page: Socket, running: Generation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "MAX_UNREAD", 1_000)
    writer = Writer(running)
    await open_thread(page, running.thread_id)
    await hear_text(page)
    for _ in range(40):
        await writer.write("x" * 100)
    received = 1
    while not await page.wire.receive_nothing(timeout=0.2):
        await page.hear_any()
        received += 1
    assert received < 15

    await page.say({"type": "ack", "frames": received})

    frame = await hear_text(page)
    assert (frame[0], frame[3], frame[5]) == ("s", 4_000, "x" * 4_000)


# --- The sidebar --------------------------------------------------------------------------------


async def test_a_send_from_elsewhere_shows_its_row_on_top_with_a_spinner(
    page: Socket, owner: User
) -> None:
    generation = await sync(make_generation)(owner, text="What is clay?")

    frame = await page.hear_type("row")

    assert (frame["id"], frame["top"], frame["group"]) == (
        str(generation.thread_id),
        True,
        "Today",
    )
    assert "spinner" in frame["html"]
    assert "What is clay?" in frame["html"]


async def test_an_end_takes_the_spinner_away_and_shows_that_there_is_news(
    page: Socket, running: Generation
) -> None:
    await end(running)

    frame = await row_that(page, lambda html: "spinner" not in html)

    assert "is-unread" in frame["html"]


async def test_a_thread_that_is_listed_no_more_has_an_empty_row(
    page: Socket, running: Generation
) -> None:
    await sync(Thread.objects.update)(deleted_at="2026-01-01T00:00:00Z")
    await end(running)

    frame = await row_that(page, lambda html: not html)

    assert frame["id"] == str(running.thread_id)


async def test_a_page_asks_for_the_whole_list(page: Socket, running: Generation) -> None:
    await page.say({"type": "sync"})

    frame = await page.hear_type("threads")

    assert 'hx-target="#threads"' in frame["content"]
    assert str(running.thread_id) in frame["content"]


async def test_a_page_that_is_older_than_a_change_gets_the_list(owner: User) -> None:
    async with socket_of(owner) as socket:
        await socket.hear_type("threads")  # the hub has just connected and tells everybody
        await socket.say({"type": "sync", "age": 60_000})
        assert await is_silent(socket)
        events.publish([events.listing_renewed(uuid.uuid4())])
        await socket.say({"type": "sync", "age": 60_000})
        assert await is_silent(socket)

    events.publish([events.listing_renewed(owner.pk)])

    async with socket_of(owner) as socket:
        await socket.say({"type": "sync", "age": 60_000})
        await socket.hear_type("threads")


async def test_a_page_that_is_younger_than_a_change_gets_no_list(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    events.publish([events.listing_renewed(owner.pk)])
    async with socket_of(owner) as socket:
        await socket.hear_type("threads")  # the hub has just connected and tells everybody
        monkeypatch.setattr(consumers, "SLACK", 0)
        await socket.say({"type": "sync", "age": 0})
        assert await is_silent(socket)
        await socket.say({"type": "sync", "age": events.REMEMBERED})
        await socket.hear_type("threads")


async def test_without_the_last_change_a_page_gets_the_list(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*args: object) -> None:
        raise RedisError

    async with socket_of(owner) as socket:
        await socket.hear_type("threads")  # the hub has just connected and tells everybody
        monkeypatch.setattr(hub().redis, "pttl", fail)
        await socket.say({"type": "sync", "age": 0})
        await socket.hear_type("threads")


async def test_nobody_hears_of_other_peoples_threads(
    page: Socket, stranger: User, owner: User
) -> None:
    await sync(make_generation)(stranger)

    assert await page.silent()


async def test_seeing_a_thread_takes_its_dot_away_on_every_page(page: Socket, owner: User) -> None:
    thread = await sync(Thread.objects.create)(owner=owner, title="T", unread=True)
    async with socket_of(owner) as other:
        seen = {"type": "seen", "kind": "thread", "id": str(thread.pk), "revision": 10**30}
        await page.say(seen)
        for socket in (page, other):
            await row_that(socket, lambda html: "is-unread" not in html)


async def test_fragments_are_in_the_readers_language(owner: User) -> None:
    owner.language = "pt-br"
    await sync(owner.save)()
    await sync(Thread.objects.create)(owner=owner, last_activity_at="2025-02-03T00:00:00Z")
    async with socket_of(owner) as socket:
        await socket.say({"type": "sync"})
        frame = await socket.hear_type("threads")

    assert "Fevereiro de 2025" in frame["content"]


async def test_a_read_that_fails_is_made_good(
    page: Socket, running: Generation, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, failures = LiveThread.changes_since, []

    def fail_once(self: Any, **values: Any) -> Any:
        if not failures:
            failures.append(1)
            raise RuntimeError("the database is away")
        return read(self, **values)

    monkeypatch.setattr(LiveThread, "changes_since", fail_once)

    frame = await open_thread(page, running.thread_id)

    assert failures
    assert frame["revision"] == 1
    assert uuid.UUID(frame["id"]) == running.thread_id
