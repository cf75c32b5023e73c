"""The text client against exact bytes."""

import asyncio
import base64
import json
import time
import zlib
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from providers.base import (
    AddressRefused,
    BadKey,
    BadRequest,
    ChatMessage,
    Endpoint,
    ImageData,
    ImageDelta,
    MalformedAnswer,
    NoCredit,
    ProviderTimeout,
    RateLimited,
    ReasoningDelta,
    RefusedContent,
    StreamCut,
    TextDelta,
    TextRequest,
    TooLarge,
    Unavailable,
    UnknownModel,
    Usage,
)
from providers.openai_compatible import chat
from providers.openai_compatible.chat import OpenAITextProvider
from providers.sessions import Sessions, Timeouts
from tests.providers.wire import (
    DONE,
    HELLO,
    Connection,
    answer,
    ask,
    delta,
    event,
    head,
    refuses,
    say,
    sends,
    wire,
)

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8"
    "cfc00000030101001827d0c50000000049454e44ae426082"
)


async def test_an_answer_streams_and_completes():
    found = await answer(HELLO)
    assert found.text == "Hello"
    assert found.completed.finish_reason == "stop"


async def test_deltas_of_one_read_are_joined():
    found = await answer(HELLO)
    assert [type(each).__name__ for each in found.events] == ["TextDelta", "Completed"]


@pytest.mark.parametrize("size", [1, 3, 17])
async def test_an_answer_in_tiny_pieces_is_the_same(size):
    text = "Olá, 世界! 👩‍🚀"
    found = await answer(delta(text), delta(" ok"), delta(None, "stop"), DONE, size=size)
    assert found.text == text + " ok"


async def test_line_ends_comments_and_bom_are_understood():
    data = b"\xef\xbb\xbf" + (b": PROCESSING\n\n" + HELLO).replace(b"\n", b"\r\n")
    assert (await answer(data)).text == "Hello"


async def test_the_request_says_what_was_asked():
    image = ImageData(PNG, "image/png")
    messages = [ChatMessage("system", "Be brief."), ChatMessage("user", "What?\ud800", [image])]
    async with wire(sends(head(), HELLO)) as served:
        request = TextRequest(messages, temperature=0.5, max_tokens=9)
        await ask(served.base_url, request, api_key=" sk-1 ", headers={"X-Title": "Atelier"})
    [sent] = served.requests
    assert sent.path == "/v1/chat/completions"
    assert sent.header("Authorization") == "Bearer sk-1"
    assert sent.header("X-Title") == "Atelier"
    assert sent.header("Accept-Encoding") == "identity"
    body = sent.json
    assert body["model"] == "test-model"
    assert body["stream"] is True
    assert body["stream_options"] == {"include_usage": True}
    assert (body["temperature"], body["max_tokens"]) == (0.5, 9)
    assert body["messages"][0] == {"role": "system", "content": "Be brief."}
    text, picture = body["messages"][1]["content"]
    assert text == {"type": "text", "text": "What?�"}
    assert picture["image_url"]["url"].startswith("data:image/png;base64,iVBOR")


async def test_usage_and_cost_come_with_the_end():
    usage = {"prompt_tokens": 12, "completion_tokens": 3, "cost": 0.00042}
    found = await answer(delta("x", "stop"), event({"choices": [], "usage": usage}), DONE)
    assert found.completed.usage.prompt_tokens == 12
    assert found.completed.usage.completion_tokens == 3
    assert str(found.completed.usage.cost) == "0.00042"


@pytest.mark.parametrize("usage", [None, [], "many", {"prompt_tokens": "x", "cost": "free"}, {}])
async def test_odd_usage_is_no_usage(usage):
    found = await answer(delta("x", "stop"), event({"choices": [], "usage": usage}), DONE)
    assert found.completed.usage == Usage()


@pytest.mark.parametrize("name", ["reasoning", "reasoning_content"])
async def test_reasoning_is_kept_apart_and_in_order(name):
    data = delta(None, **{name: "Hm"}) + delta("A") + delta(None, **{name: "?"}) + delta("B")
    found = await answer(data, delta(None, "stop"), DONE)
    assert found.events[:-1] == [
        ReasoningDelta("Hm"),
        TextDelta("A"),
        ReasoningDelta("?"),
        TextDelta("B"),
    ]


async def test_reasoning_under_both_names_comes_once():
    found = await answer(delta("", "stop", reasoning="Hm", reasoning_content="Hm"), DONE)
    assert found.events[0] == ReasoningDelta("Hm")
    assert len(found.events) == 2


async def test_images_inside_an_answer_come_through():
    url = "data:image/png;base64," + base64.b64encode(PNG).decode()
    images = [{"type": "image_url", "image_url": {"url": url}}]
    request = say("Draw", want_images=True)
    found = await answer(delta("Here", images=images), delta(None, "stop"), DONE, request=request)
    assert found.events[:2] == [TextDelta("Here"), ImageDelta(ImageData(PNG, "image/png"))]


async def test_a_plain_json_answer_to_a_stream_request_is_taken():
    document = {
        "choices": [{"message": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1},
    }
    data = b"\n " + json.dumps(document).encode()
    async with wire(sends(head(kind="application/json"), data, size=5)) as served:
        found = await ask(served.base_url)
    assert found.text == "Hi"
    assert found.completed.usage.prompt_tokens == 1


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/octet-stream"])
async def test_an_event_stream_of_the_wrong_content_type_is_taken(kind):
    async with wire(sends(head(kind=kind), HELLO)) as served:
        assert (await ask(served.base_url)).text == "Hello"


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"choices": None},
        {"choices": []},
        {"choices": [{}]},
        {"choices": [{"delta": None}]},
        {"choices": [{"delta": []}]},
        {"choices": "?"},
        {"choices": [None]},
        {"choices": [{"delta": {"content": 7, "images": "x"}}], "object": 1},
        {"choices": [{"delta": {"content": None, "tool_calls": [1], "x": {"y": 1}}}]},
        {"choices": [{"delta": {"images": [None, {"image_url": 5}]}}]},
        {"error": None, "choices": []},
    ],
)
async def test_odd_chunks_are_passed_over(document):
    found = await answer(event(document), HELLO)
    assert found.text == "Hello"
    assert found.error is None


async def test_content_in_parts_is_read():
    parts = [{"type": "thinking", "thinking": [{"text": "Hm"}]}, {"type": "text", "text": "Hi"}]
    found = await answer(event({"choices": [{"delta": {"content": parts}}]}), DONE)
    assert found.events[:2] == [ReasoningDelta("Hm"), TextDelta("Hi")]


async def test_a_character_cut_in_two_is_whole_again():
    data = b'data: {"choices":[{"delta":{"content":"%s"}}]}\n\n'
    found = await answer(data % rb"a\ud83d", data % rb"\ude00b\u0000", data % rb"\ud83d!", DONE)
    assert found.text == "a😀b��!"


async def test_invalid_utf8_is_replaced():
    found = await answer(b'data: {"choices":[{"delta":{"content":"a\xffb"}}]}\n\n', DONE)
    assert found.text == "a�b"


@pytest.mark.parametrize(
    ("ending", "text"),
    [
        (delta(None, "stop"), "no DONE"),
        (DONE, "no finish_reason"),
        (b"data: [DONE]", "no empty line"),
        (b"data: [DONE]\n", "no empty line but a line end"),
    ],
)
async def test_every_usual_ending_is_an_ending(ending, text):
    found = await answer(delta(text), ending)
    assert found.text == text
    assert found.completed.finish_reason == "stop"


async def test_a_connection_that_stays_open_after_the_end_does_not_hold_the_answer(monkeypatch):
    monkeypatch.setattr(chat, "SECONDS_FOR_USAGE", 0.1)
    started = time.monotonic()
    timeouts = Timeouts(gap=9)
    found = await answer(delta("x"), delta(None, "stop"), hang=2, timeouts=timeouts)
    assert found.completed.finish_reason == "stop"
    assert time.monotonic() - started < 1


@pytest.mark.parametrize(
    "rest", [b"", b"data: {", delta("cut off")[:-9], b"data: {\n\n"[:-1], b": ping\n\n"]
)
async def test_an_answer_cut_in_the_middle_says_so_and_keeps_its_text(rest):
    found = await answer(delta("so far"), rest)
    assert found.text == "so far"
    assert isinstance(found.error, StreamCut)


async def test_a_reset_in_the_middle_is_a_cut():
    async def script(connection: Connection) -> None:
        await connection.send(head() + delta("so far"), pause=0.05)
        connection.abort()

    async with wire(script) as served:
        found = await ask(served.base_url)
    assert found.text == "so far"
    assert isinstance(found.error, StreamCut)
    assert len(served.requests) == 1


async def test_a_chunked_transfer_without_its_end_is_a_cut():
    body = delta("so far")
    start = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    async with wire(sends(start, b"%x\r\n" % len(body), body, b"\r\n")) as served:
        found = await ask(served.base_url)
    assert found.text == "so far"
    assert isinstance(found.error, StreamCut)


@pytest.mark.parametrize(
    "body", [b"data: {oops}\n\n", b"data: 7\n\n", b"<html>Hello</html>", b"{oops", b"data: ]\n\n"]
)
async def test_what_is_no_answer_is_malformed(body):
    assert isinstance((await answer(body)).error, MalformedAnswer)


@pytest.mark.parametrize("name", ["choices", "usage", "error", "x"])
async def test_nesting_without_end_is_malformed(name):
    body = b'data: {"%s":' % name.encode() + b"[" * 90_000 + b"]" * 90_000 + b"}\n\n"
    found = await answer(delta("so far"), body, DONE)
    assert found.text == "so far"
    assert isinstance(found.error, MalformedAnswer)


async def test_an_empty_body_is_a_cut():
    assert isinstance((await answer(b"")).error, StreamCut)


async def test_what_is_no_http_is_malformed():
    async with wire(sends(b"SSH-2.0-OpenSSH_9\r\n\r\n")) as served:
        assert isinstance((await ask(served.base_url)).error, MalformedAnswer)


async def test_silence_before_the_first_byte_is_a_timeout():
    started = time.monotonic()
    async with wire(sends(b"", hang=3)) as served:
        found = await ask(served.base_url)
    assert isinstance(found.error, ProviderTimeout)
    assert time.monotonic() - started < 2
    assert len(served.requests) == 1


async def test_silence_after_the_headers_is_a_timeout():
    assert isinstance((await answer(b"", hang=3)).error, ProviderTimeout)


async def test_silence_between_chunks_is_a_timeout_that_keeps_the_text():
    started = time.monotonic()
    found = await answer(delta("so far"), hang=3)
    assert found.text == "so far"
    assert isinstance(found.error, ProviderTimeout)
    assert time.monotonic() - started < 2


async def test_comments_count_as_signs_of_life():
    async def script(connection: Connection) -> None:
        await connection.send(head())
        for _ in range(10):
            await connection.send(b": ping\n\n", pause=0.1)
        await connection.send(HELLO)

    async with wire(script) as served:
        assert (await ask(served.base_url)).text == "Hello"


async def test_an_answer_that_never_ends_meets_the_total_timeout():
    async def script(connection: Connection) -> None:
        await connection.send(head())
        while True:
            await connection.send(b": ping\n\n", pause=0.1)

    timeouts = Timeouts(connect=1, first_byte=0.4, gap=0.3, total=0.8)
    async with wire(script) as served:
        found = await ask(served.base_url, timeouts=timeouts)
    assert isinstance(found.error, ProviderTimeout)


async def test_a_huge_line_is_refused():
    assert isinstance((await answer(b"data: " + b"x" * 3_000_000)).error, TooLarge)


async def test_a_hundred_megabytes_are_refused():
    async def script(connection: Connection) -> None:
        await connection.send(head())
        for _ in range(100):
            await connection.send((b": " + b"x" * 1021 + b"\n") * 1024)

    async with wire(script) as served:
        found = await ask(served.base_url)
    assert isinstance(found.error, TooLarge)


async def test_too_long_a_text_is_cut_at_the_limit(settings):
    settings.MAX_ANSWER_CHARS = 10
    found = await answer(delta("1234567"), delta("890abc"), HELLO, size=40)
    assert found.text == "1234567890"
    assert isinstance(found.error, TooLarge)


async def test_a_compressed_bomb_is_refused():
    bomb = zlib.compressobj(9, zlib.DEFLATED, 31)
    data = b"".join(bomb.compress(b"\n" * 1_000_000) for _ in range(100)) + bomb.flush()
    async with wire(sends(head(Content_Encoding="gzip"), data)) as served:
        found = await ask(served.base_url)
    assert isinstance(found.error, TooLarge)


async def test_an_error_inside_the_stream_keeps_the_text_before_it():
    error = {"error": {"code": 502, "message": "upstream is down"}}
    found = await answer(delta("so far"), event(error), DONE)
    assert found.text == "so far"
    assert isinstance(found.error, Unavailable)
    assert found.error.detail == "upstream is down"


async def test_an_error_of_a_choice_is_an_error():
    choice = {"delta": {"content": ""}, "finish_reason": "error", "error": {"code": 429}}
    found = await answer(delta("so far"), event({"choices": [choice]}))
    assert isinstance(found.error, RateLimited)


@pytest.mark.parametrize("data", [delta(None, "content_filter"), delta(None, "stop", refusal="No")])
async def test_a_filter_that_leaves_nothing_is_a_refusal(data):
    assert isinstance((await answer(data, DONE)).error, RefusedContent)


async def test_a_filter_after_some_text_is_an_ending():
    found = await answer(delta("Some"), delta(None, "content_filter"), DONE)
    assert found.completed.finish_reason == "content_filter"


@pytest.mark.parametrize(
    ("status", "error", "kind"),
    [
        ("401 Unauthorized", {"message": "Incorrect API key"}, BadKey),
        ("403 Forbidden", {"message": "no"}, BadKey),
        ("403 Forbidden", {"message": "flagged", "metadata": {"reasons": ["x"]}}, RefusedContent),
        ("402 Payment Required", {"message": "Insufficient credits"}, NoCredit),
        ("429 Too Many", {"code": "insufficient_quota", "message": "quota"}, NoCredit),
        ("404 Not Found", {"code": "model_not_found", "message": "no such model"}, UnknownModel),
        ("404 Not Found", "model 'x' not found, try pulling it first", UnknownModel),
        ("404 Not Found", "page not found", BadRequest),
        ("400 Bad", {"message": "x is not a valid model ID"}, UnknownModel),
        ("400 Bad", {"code": "content_policy_violation", "message": "no"}, RefusedContent),
        ("400 Bad", {"code": "context_length_exceeded", "message": "long"}, BadRequest),
        ("413 Too Large", {"message": "big"}, BadRequest),
        ("422 Unprocessable", {"message": "what"}, BadRequest),
    ],
)
async def test_a_refusal_is_told_apart_and_not_retried(status, error, kind):
    async with wire(refuses(status, {"error": error})) as served:
        found = await ask(served.base_url)
    assert type(found.error) is kind
    assert len(served.requests) == 1
    assert "HTTP" in found.error.detail


@pytest.mark.parametrize("body", [b"", b"<html>Bad gateway</html>", b"[1", b'"oops"', b"\xff\x00"])
async def test_any_error_body_can_be_read(body):
    async with wire(refuses("500 Oops", body)) as served:
        assert isinstance((await ask(served.base_url)).error, Unavailable)


async def test_the_key_is_never_in_an_error():
    async with wire(refuses("401 No", {"error": {"message": "Incorrect: sk-secret"}})) as served:
        found = await ask(served.base_url, api_key="sk-secret")
    assert "sk-secret" not in found.error.detail
    assert "sk-secret" not in repr(found.error)


async def test_a_key_that_no_header_may_have_is_a_bad_key():
    assert isinstance((await ask("http://127.0.0.1:9", api_key="a\nb")).error, BadKey)


async def test_a_busy_endpoint_is_asked_again():
    busy = refuses("429 Too Many", {"error": {"message": "slow down"}}, Retry_After="0.2")
    started = time.monotonic()
    async with wire(busy, sends(head(), HELLO)) as served:
        found = await ask(served.base_url)
    assert found.text == "Hello"
    assert len(served.requests) == 2
    assert time.monotonic() - started >= 0.2


async def test_a_long_wait_is_not_waited():
    async with wire(refuses("429 Too Many", Retry_After="120")) as served:
        found = await ask(served.base_url)
    assert isinstance(found.error, RateLimited)
    assert found.error.retry_after == 120
    assert len(served.requests) == 1


async def test_a_date_to_retry_after_is_understood():
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    async with wire(refuses("429 No", Retry_After=date)) as served:
        found = await ask(served.base_url)
    assert found.error.retry_after == pytest.approx(99, abs=2)


async def test_three_attempts_are_all():
    async with wire(refuses("503 Down")) as served:
        found = await ask(served.base_url)
    assert isinstance(found.error, Unavailable)
    assert len(served.requests) == 3


async def test_an_error_event_before_the_first_token_is_tried_again():
    error = sends(head(), event({"error": {"code": 503, "message": "warming up"}}))
    async with wire(error, sends(head(), HELLO)) as served:
        found = await ask(served.base_url)
    assert found.text == "Hello"
    assert len(served.requests) == 2


async def test_nothing_is_tried_again_after_the_first_token():
    failing = sends(head(), delta("a"), event({"error": {"code": 503, "message": "gone"}}))
    async with wire(failing) as served:
        found = await ask(served.base_url)
    assert found.text == "a"
    assert isinstance(found.error, Unavailable)
    assert len(served.requests) == 1


async def test_a_closed_port_is_unavailable():
    async with wire(sends(b"")) as served:
        url = served.base_url
    assert isinstance((await ask(url)).error, Unavailable)


async def test_a_redirect_is_never_followed():
    async with wire(sends(head(), HELLO)) as target:
        away = refuses("307 Moved", Location=target.base_url + "/chat/completions")
        async with wire(away) as served:
            found = await ask(served.base_url)
    assert isinstance(found.error, MalformedAnswer)
    assert target.requests == []


async def test_a_private_address_needs_permission():
    async with wire(sends(head(), HELLO)) as served:
        found = await ask(served.base_url, allow_private=False)
    assert isinstance(found.error, AddressRefused)
    assert served.requests == []


async def test_closing_the_stream_closes_the_connection():
    closed = asyncio.Event()

    async def script(connection: Connection) -> None:
        await connection.send(head())
        try:
            while True:
                await connection.send(delta("x"), pause=0.01)
        finally:
            closed.set()

    async with wire(script) as served, Sessions() as sessions:
        endpoint = Endpoint("openai", served.base_url, "m", allow_private=True)
        stream = OpenAITextProvider(endpoint, sessions).stream(say("Hi"))
        async for _ in stream:
            break
        await stream.aclose()
        async with asyncio.timeout(2):
            await closed.wait()


async def test_no_connection_in_time_is_tried_again(monkeypatch):
    tries = []

    async def connect(*args, **kwargs):
        tries.append(1)
        await asyncio.sleep(5)

    monkeypatch.setattr("aiohappyeyeballs.start_connection", connect)
    timeouts = Timeouts(connect=0.1, first_byte=3, gap=3, total=5)
    found = await ask("http://127.0.0.1:9/v1", timeouts=timeouts)
    assert isinstance(found.error, ProviderTimeout)
    assert len(tries) == 3


async def test_a_kept_connection_that_the_endpoint_closed_does_no_harm():
    async def once(connection: Connection) -> None:
        body = HELLO
        await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    async with wire(once) as served, Sessions() as sessions:
        endpoint = Endpoint("openai", served.base_url, "m", allow_private=True)
        for _ in range(3):
            stream = OpenAITextProvider(endpoint, sessions).stream(say("Hi"))
            events = [event async for event in stream]
            assert events[0] == TextDelta("Hello")
