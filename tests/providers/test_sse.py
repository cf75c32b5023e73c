import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.base import TooLarge
from providers.openai_compatible.sse import EventSplitter

STREAM = (
    b"\xef\xbb\xbfdata: one\n\n"
    b": a comment\n\n"
    b"event: message\nid: 7\ndata: two\nretry: 10\n\n"
    b"data: three\r\ndata:four\r\n\r\n"
    b"data: five\r\rdata:  six\n\n"
    b"data\n\n"
    b"data: last\n\n"
)
EVENTS = [b"one", b"two", b"three\nfour", b"five", b" six", b"last"]


def split(data: bytes, sizes: list[int], limit: int = 1000) -> list[bytes]:
    splitter, events, at = EventSplitter(limit), [], 0
    for size in sizes:
        events += splitter.feed(data[at : at + size])
        at += size
    events += splitter.feed(data[at:]) if data[at:] else []
    return events + splitter.finish()


def test_every_event_is_found_in_one_read():
    assert split(STREAM, []) == EVENTS


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 64])
def test_every_event_is_found_in_small_reads(size):
    assert split(STREAM, [size] * (len(STREAM) // size)) == EVENTS


@given(st.lists(st.integers(1, 30)))
def test_where_the_network_cuts_makes_no_difference(sizes):
    assert split(STREAM, sizes) == EVENTS


@given(st.lists(st.text(max_size=20), max_size=8), st.lists(st.integers(1, 40)))
def test_any_json_comes_through_whole(texts, sizes):
    documents = [json.dumps(text).encode() for text in texts]
    data = b"".join(b"data: " + each + b"\n\n" for each in documents)
    assert split(data, sizes, 10_000) == documents


def test_several_events_in_one_read_are_told_apart_on_the_fast_path():
    assert EventSplitter(100).feed(b"data: a\n\ndata: b\n\n") == [b"a", b"b"]


def test_an_event_of_several_lines_does_not_take_the_fast_path():
    assert EventSplitter(100).feed(b"data: a\ndata: b\n\n") == [b"a\nb"]


def test_an_event_without_its_empty_line_is_found_at_the_end():
    splitter = EventSplitter(100)
    assert splitter.feed(b"data: a\n\ndata: [DONE]") == [b"a"]
    assert splitter.finish() == [b"[DONE]"]


@pytest.mark.parametrize(
    "data",
    [
        b"data: " + b"x" * 200,
        b"data: " + b"x" * 200 + b"\n\n",
        b": " + b"x" * 200 + b"\n",
        b"data: 12345678901234567890\n" * 20,
    ],
    ids=["endless line", "long line", "long comment", "many lines"],
)
@pytest.mark.parametrize("size", [1, 1000])
def test_what_grows_over_the_limit_is_refused(data, size):
    with pytest.raises(TooLarge):
        split(data, [size] * (len(data) // size), limit=100)
