"""What a model thinks before it answers: a text of its own beside the answer's."""

import uuid
from typing import Any

import pytest

from activity.streaming.flusher import Flusher
from activity.streaming.ids import thoughts_id
from activity.streaming.sink import TextSink

ID = uuid.UUID(int=9)


@pytest.fixture
def flusher() -> Flusher:
    return Flusher(store=None)  # type: ignore[arg-type]


@pytest.fixture
def sink(flusher: Flusher) -> TextSink:
    return flusher.open(ID, 3)


async def test_thoughts_are_no_part_of_the_answer(sink: TextSink) -> None:
    sink.think("Hm, ")
    sink.write("Yes")
    sink.think("so.")

    assert sink.thoughts is not None
    assert (sink.text, sink.thoughts.text) == ("Yes", "Hm, so.")
    assert (sink.thoughts.generation_id, sink.thoughts.epoch) == (thoughts_id(ID), 3)


async def test_without_thoughts_there_is_no_text_of_them(sink: TextSink, flusher: Flusher) -> None:
    sink.write("Yes")

    assert sink.thoughts is None
    assert sink.thinking_seconds is None
    assert list(flusher.sinks) == [ID]


async def test_thoughts_are_not_saved_in_chunks(sink: TextSink) -> None:
    sink.think("Hm")
    assert sink.thoughts is not None
    assert sink.thoughts.take_flush() is not None
    assert sink.thoughts.take_chunk() is None


async def test_what_is_too_long_is_cut_and_the_answer_goes_on(
    sink: TextSink, settings: Any
) -> None:
    settings.MAX_REASONING_CHARS = 5
    for _ in range(3):
        sink.think("abcd")
    sink.write("Yes")

    assert sink.thoughts is not None
    assert (sink.thoughts.text, sink.text) == ("abcda", "Yes")


async def test_the_time_ends_with_the_first_word(sink: TextSink) -> None:
    sink.think("Hm")
    assert sink.thoughts is not None
    sink.thoughts.started = sink.started + 1
    sink.first_output_seconds = 5.0
    assert sink.thinking_seconds == pytest.approx(4.0)


async def test_closing_an_answer_closes_its_thoughts(sink: TextSink, flusher: Flusher) -> None:
    sink.think("Hm")
    flusher.close(sink)
    assert flusher.sinks == {}


async def test_thoughts_that_come_after_a_loss_are_closed_in_the_end(
    sink: TextSink, flusher: Flusher
) -> None:
    flusher.close(sink)
    sink.think("late")
    flusher.close(sink)
    assert flusher.sinks == {}
