"""The parts of a socket: which frames may pass, how much may be unread, how often it may talk."""

import asyncio
import json
import uuid

import pytest

from activity.live import limits, outbox
from activity.live.language import language_of
from activity.live.limits import Rate, enter, leave
from activity.live.outbox import Outbox
from activity.live.stream import BACKLOG, FollowedText
from activity.streaming import frames
from activity.streaming.frames import Frame
from activity.streaming.markdown import Delta
from activity.streaming.store import Snapshot


def frame(start: int, end: int, epoch: int = 1) -> Frame:
    return Frame(epoch, start, end, f'{end},0,"x",0]')


def followed(offset: int | None = None, epoch: int | None = None) -> FollowedText:
    return FollowedText(uuid.uuid4(), "m", epoch=epoch, offset=offset)


# --- Text ---------------------------------------------------------------------------------------


def test_only_the_frame_that_follows_is_accepted() -> None:
    text = followed(offset=10, epoch=1)

    assert text.accepts(frame(10, 14))
    assert not text.accepts(frame(11, 14))
    assert not text.accepts(frame(0, 10))
    text.advance(frame(10, 14))
    assert text.accepts(frame(14, 20))
    assert not text.accepts(frame(10, 14))


def test_a_frame_that_the_page_has_is_old_and_one_after_a_gap_is_not() -> None:
    text = followed(offset=10, epoch=1)

    assert text.is_old(frame(0, 10))
    assert text.is_old(frame(4, 8))
    assert not text.is_old(frame(4, 12))
    assert not text.is_old(frame(12, 14))
    assert not text.is_old(frame(0, 10, epoch=2))


def test_another_claim_starts_only_from_nothing() -> None:
    assert followed(offset=0, epoch=1).accepts(frame(0, 4, epoch=2))
    assert not followed(offset=4, epoch=1).accepts(frame(4, 8, epoch=2))
    assert followed(offset=4).accepts(frame(4, 8, epoch=2))


def test_nothing_is_accepted_while_a_snapshot_is_read() -> None:
    text = followed(offset=4, epoch=1)
    text.wait_for_snapshot()

    assert not text.accepts(frame(4, 8))
    assert not text.is_old(frame(0, 4))


def test_frames_that_came_meanwhile_follow_the_snapshot() -> None:
    text = followed()
    text.backlog.extend([frame(0, 4), frame(4, 8), frame(8, 12)])

    waiting = text.take(Snapshot(epoch=1, offset=8, closed="", tail="x"), number=3)

    assert waiting == [frame(8, 12)]
    assert (text.number, text.offset, text.epoch) == (3, 8, 1)
    assert text.accepts(waiting[0])
    assert not text.backlog


def test_a_snapshot_from_postgres_is_followed_by_no_frame_that_is_not_its_next() -> None:
    text = followed()
    text.backlog.append(frame(8, 12))

    (waiting,) = text.take(Snapshot(epoch=-1, offset=8, closed="", tail="x"), number=1)

    assert not text.accepts(waiting)  # so the page reads what the worker has written anew


def test_the_backlog_is_bounded_and_what_it_lost_is_noticed() -> None:
    text = followed()
    for number in range(BACKLOG + 50):
        text.backlog.append(frame(number, number + 1))

    waiting = text.take(Snapshot(epoch=1, offset=10, closed="", tail=""), number=1)

    assert len(waiting) == BACKLOG
    assert not text.accepts(waiting[0])


# --- Frames -------------------------------------------------------------------------------------


@pytest.mark.parametrize("add", ["", "plain", 'quo"te\\', "açúcar 🏺", "</script>\n", "\u2028\x7f"])
def test_a_frame_is_the_same_on_the_other_side(add: str) -> None:
    data = frames.pack(epoch=3, start=5, end=9, delta=Delta(2, add, 1))

    unpacked = frames.unpack(data)

    assert unpacked is not None
    assert unpacked[:3] == (3, 5, 9)
    assert json.loads(frames.for_socket(unpacked, 7)) == [7, 9, 2, add, 1]


def test_an_empty_message_means_read_a_snapshot() -> None:
    assert frames.unpack(b"") is None


def test_a_snapshot_on_the_socket() -> None:
    snapshot = Snapshot(epoch=1, offset=12, closed="<p>é</p>", tail="<p>x")

    text = frames.snapshot_for_socket(snapshot, 4, "message-id")

    assert json.loads(text) == ["s", 4, "message-id", 12, "<p>é</p>", "<p>x"]


# --- What is on its way -------------------------------------------------------------------------


async def no_send(text: str) -> None:
    raise AssertionError("nothing runs")


def test_text_that_is_not_acknowledged_fills_the_outbox() -> None:
    box = Outbox(no_send)
    frame = "x" * 1000
    while not box.is_full:
        box.put_text(frame)
    sent = len(box._unread)

    assert outbox.MAX_UNREAD < box.unread_size <= outbox.MAX_UNREAD + len(frame)
    box.acknowledge(1)
    assert not box.is_full
    box.acknowledge(sent)
    assert box.unread_size == 0


@pytest.mark.parametrize("frames", [-5, 0, 2, 3, 10**30])
def test_an_acknowledgement_of_any_number_stays_in_bounds(frames: int) -> None:
    box = Outbox(no_send)
    for _ in range(3):
        box.put_text("abc")

    box.acknowledge(frames)
    box.acknowledge(frames)

    assert box.unread_size == 9 - 3 * min(max(frames, 0), 3)


def test_an_acknowledgement_counts_from_the_start_of_the_socket() -> None:
    box = Outbox(no_send)
    for _ in range(3):
        box.put_text("abc")
    box.acknowledge(2)
    box.acknowledge(2)
    assert box.unread_size == 3
    box.put_text("abc")
    box.acknowledge(4)

    assert box.unread_size == 0


async def test_messages_leave_in_order_and_room_is_waited_for() -> None:
    gate, sent = asyncio.Event(), []

    async def send(text: str) -> None:
        await gate.wait()
        sent.append(text)

    box = Outbox(send)
    task = asyncio.ensure_future(box.run())
    await asyncio.wait_for(box.has_room(), 1)
    messages = [f"{number}" + "x" * 100_000 for number in range(4)]
    for message in messages:
        box.put(message)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(box.has_room(), 0.05)
    gate.set()
    await asyncio.wait_for(box.has_room(), 1)
    while len(sent) < len(messages):
        await asyncio.sleep(0)

    assert sent == messages
    task.cancel()


# --- Limits -------------------------------------------------------------------------------------


def test_a_rate_allows_a_burst_and_then_so_many_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(limits.time, "monotonic", lambda: now)
    rate = Rate()
    assert sum(rate.allows() for _ in range(500)) == limits.BURST
    now += 1.0
    assert sum(rate.allows() for _ in range(500)) == limits.PER_SECOND
    now += 3600.0
    assert sum(rate.allows() for _ in range(500)) == limits.BURST


def test_sockets_are_counted_by_person() -> None:
    ana, bea = uuid.uuid4(), uuid.uuid4()
    assert all(enter(ana) for _ in range(limits.MAX_SOCKETS))
    assert not enter(ana)
    assert enter(bea)
    leave(ana)
    assert enter(ana)
    for _ in range(limits.MAX_SOCKETS):
        leave(ana)
    leave(bea)

    assert ana not in limits._held
    assert bea not in limits._held


class Reader:
    def __init__(self, language: str = "") -> None:
        self.language = language


@pytest.mark.parametrize(
    ("chosen", "accepted", "expected"),
    [
        ("pt-br", "en", "pt-br"),
        ("", "pt-BR,pt;q=0.9,en;q=0.8", "pt-br"),
        ("", "pt;q=0.9", "pt-br"),
        ("", "fr,de;q=0.5", "en"),
        ("", "fr,pt-BR;q=0.5", "pt-br"),
        ("", "*", "en"),
        ("", "", "en"),
        ("", ";;;q=\xff," * 50, "en"),
        ("", "x" * 10_000, "en"),
    ],
)
def test_fragments_are_in_the_language_of_the_page(
    chosen: str, accepted: str, expected: str
) -> None:
    scope = {"headers": [(b"accept-language", accepted.encode("latin-1"))]}

    assert language_of(Reader(chosen), scope) == expected
