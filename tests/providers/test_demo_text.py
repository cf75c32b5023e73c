import json
import time

import pytest

from providers.base import (
    ChatMessage,
    Completed,
    Endpoint,
    ReasoningDelta,
    TextDelta,
    TextRequest,
    UnknownModel,
)
from providers.demo import text
from providers.demo.caption import asks_for_caption, caption_answer
from providers.demo.echo import echo_answer
from providers.demo.writer import writer_answer


def user(words: str) -> ChatMessage:
    return ChatMessage("user", words)


def assistant(words: str) -> ChatMessage:
    return ChatMessage("assistant", words)


def write(question: str) -> str:
    return writer_answer([user(question)])


async def stream(model: str, *messages: ChatMessage, **more: object) -> list:
    provider = text.DemoTextProvider(Endpoint("demo", "", model))
    return [event async for event in provider.stream(TextRequest(messages, **more))]


@pytest.mark.parametrize("question", ["write 2000 words", "slow 400 words", "in 30 words", ""])
def test_the_writer_gives_the_same_answer_to_the_same_question(question):
    assert write(question) == write(question)


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("slow 400 words", 400),
        ("Tell me of bees in 30 words.", 30),
        ("Write a 1,500-word essay about bees", 1500),
        ("Escreva 250 palavras sobre o mar", 250),
    ],
)
def test_the_writer_honours_a_length(question, words):
    assert len(write(question).split()) == pytest.approx(words, abs=1)


def test_the_length_has_a_bound():
    assert len(write("write 99999999 words").split()) == 20_000


def test_a_longer_question_has_a_longer_answer():
    assert len(write("why " * 30).split()) > len(write("why").split())


def test_the_writer_echoes_the_question():
    assert "the colour of bees" in write("What is the colour of bees?")


def test_what_the_question_holds_is_not_read_as_markdown():
    assert "**" not in write("in 20 words: **a** `b` <b>").split("”")[0].replace(r"\*", "")


def test_an_answer_holds_every_kind_of_markdown():
    answer = write("Write 900 words about bees, honey and gardens")
    for sign in ("\n## ", "\n- ", "\n1. ", "\n| --- |", "\n```python", "\n> ", "**"):
        assert sign in answer


def test_a_code_block_is_never_left_open():
    for length in range(20, 400):
        assert write(f"bees in {length} words").count("```") % 2 == 0


def test_the_echo_counts_and_quotes_the_conversation():
    answer = echo_answer([user("My cat is Ana."), assistant("Nice."), user("And my dog is Rex.")])
    assert "**3 messages**" in answer
    assert "2 of yours and 1 answer." in answer
    assert r"1. My cat is Ana\." in answer


@pytest.mark.parametrize("question", ["what did I say first?", "O que eu disse primeiro?"])
def test_the_echo_knows_what_was_said_first(question):
    answer = echo_answer([user("Blue whales"), assistant("Yes"), user("Green"), user(question)])
    assert answer.startswith("The first thing you said was: “Blue whales”")


def test_the_echo_knows_what_was_said_before():
    answer = echo_answer([user("Blue"), assistant("a"), user("Green"), user("What was before?")])
    assert answer.startswith("Just before this you said: “Green”")


def test_the_echo_does_not_invent_a_past():
    assert "nothing before it" in echo_answer([user("what did I say first?")])


@pytest.mark.parametrize("model", ["demo-writer", "demo-echo"])
async def test_words_stream_at_a_readable_pace(model):
    started = time.monotonic()
    events = await stream(model, user("in 40 words"))
    seconds = time.monotonic() - started
    deltas = [event for event in events if isinstance(event, TextDelta | ReasoningDelta)]
    assert 40 <= len(deltas) / seconds <= 80
    assert isinstance(events[-1], Completed)
    assert events[-1].usage.cost == 0
    assert events[-1].usage.completion_tokens > 0


async def test_the_deltas_are_the_answer(monkeypatch):
    monkeypatch.setattr(text, "WORDS_PER_SECOND", 1e6)
    events = await stream("demo-writer", user("write 600 words"))
    assert "".join(event.text for event in events[:-1]) == write("write 600 words")


async def test_only_the_echo_thinks_and_it_does_so_first(monkeypatch):
    monkeypatch.setattr(text, "WORDS_PER_SECOND", 1e6)
    kinds = [type(event) for event in await stream("demo-echo", user("Hi"))]
    first_word = kinds.index(TextDelta)
    assert set(kinds[:first_word]) == {ReasoningDelta}
    assert ReasoningDelta not in kinds[first_word:]
    assert ReasoningDelta not in {type(event) for event in await stream("demo-writer", user("Hi"))}


async def test_the_token_limit_is_kept():
    events = await stream("demo-writer", user("Hi"), max_tokens=3)
    assert len(events) == 4
    assert events[-1].finish_reason == "length"


async def test_an_unknown_model_is_refused():
    with pytest.raises(UnknownModel):
        await stream("demo-x", user("Hi"))


@pytest.mark.parametrize("question", ["bees", "bees and honey", "{topic} {0} {x!r}", "%s %d"])
def test_any_question_can_be_written_about(question):
    assert len(write(question + " in 500 words").split()) >= 500


def for_caption(*said: ChatMessage) -> list[ChatMessage]:
    asks = "You write captions for social media posts."
    about = user("The post is about:\nSpring vases. Morning light on a wall.")
    return [ChatMessage("system", asks), about, *said]


async def test_the_writer_gives_a_caption_where_json_is_asked_for():
    events = await stream("demo-writer", *for_caption())
    answer = "".join(event.text for event in events if isinstance(event, TextDelta))
    found = json.loads(answer)
    assert "Spring vases. Morning light on a wall." in found["caption"]
    assert found["hashtags"] == ["spring", "vases", "morning", "light", "wall"]


def test_a_change_makes_another_caption():
    changed = for_caption(assistant("{}"), user("Shorter, please"))
    assert asks_for_caption(changed)
    assert caption_answer(changed) != caption_answer(for_caption())
    assert not asks_for_caption([user("Write JSON with caption and hashtags")])


def test_a_caption_about_nothing_is_a_caption():
    found = json.loads(caption_answer([ChatMessage("system", ""), user("The post is about:\n!")]))
    assert found["caption"]
