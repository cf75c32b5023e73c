"""What a sink hands to Redis and Postgres, put together again, is what was written to it."""

import uuid

import pytest

from activity.streaming.frames import Frame, unpack
from activity.streaming.markdown import render
from activity.streaming.sink import TextSink, utf8_length_of_end
from providers.base import TooLarge

ANSWER = (
    "# Olá, argila 🏺\n\nUm *vaso* e **três** 🏺🏺 potes.\n\n```py\nx = '🏺'\n```\n\n"
    "- a\n- b\n\nfim"
)


def new_sink() -> TextSink:
    return TextSink(uuid.uuid4(), 3, wake=lambda sink: None)


def written_in_pieces(size: int) -> tuple[TextSink, list[Frame], bytes, str]:
    sink, frames, html, text = new_sink(), [], bytearray(), ""
    for start in range(0, len(ANSWER), size):
        sink.write(ANSWER[start : start + size])
        flush = sink.take_flush()
        assert flush is not None
        piece = flush.html.encode()
        html[flush.html_position : flush.html_position + len(piece)] = piece
        del html[flush.html_bytes :]
        text += flush.text
        frame = unpack(flush.frame)
        assert frame is not None
        frames.append(frame)
        assert html[: flush.closed_bytes].decode() == sink.renderer.closed_html
    return sink, frames, bytes(html), text


@pytest.mark.parametrize("size", [1, 2, 3, 7, 40, 500])
def test_flushes_add_up_to_the_rendered_text(size: int) -> None:
    sink, frames, html, text = written_in_pieces(size)

    assert text == ANSWER == sink.text
    assert html.decode() == render(ANSWER)
    assert [frame.start for frame in frames] == [0, *(frame.end for frame in frames[:-1])]
    assert frames[-1].end == len(ANSWER.encode())


@pytest.mark.parametrize("size", [1, 5, 50])
def test_chunks_add_up_to_the_text_even_when_one_is_put_back(size: int) -> None:
    sink, saved = new_sink(), {}
    for number, start in enumerate(range(0, len(ANSWER), size)):
        sink.write(ANSWER[start : start + size])
        sink.take_flush()
        chunk = sink.take_chunk()
        assert chunk is not None
        if number % 3 == 1:
            sink.put_back(chunk)
        else:
            saved[chunk[2]] = chunk[3]
    if last := sink.take_chunk():
        saved[last[2]] = last[3]

    assert "".join(saved[offset] for offset in sorted(saved)) == ANSWER


def test_what_no_database_can_hold_is_replaced() -> None:
    sink = new_sink()

    sink.write("a\0b\ud800c")

    assert sink.text == "a\ufffdb\ufffdc"


def test_the_limit_keeps_what_fits(settings: object) -> None:
    settings.MAX_ANSWER_CHARS = 10  # type: ignore[attr-defined]
    sink = new_sink()
    sink.write("12345678")

    with pytest.raises(TooLarge):
        sink.write("90abc")

    assert sink.text == "1234567890"


@pytest.mark.parametrize(
    ("text", "units", "length"),
    [("abc", 2, 2), ("aé", 1, 2), ("a🏺", 2, 4), ("🏺b", 3, 5), ("é", 0, 0)],
)
def test_utf8_length_of_end(text: str, units: int, length: int) -> None:
    assert utf8_length_of_end(text, units) == length


def test_what_is_written_during_a_flush_is_not_taken_for_flushed() -> None:
    sink = new_sink()
    sink.write("a")
    sink.take_flush()
    sink.write("b")

    sink.settle()
    assert not sink.drained.is_set()

    sink.take_flush()
    sink.settle()
    assert sink.drained.is_set()
