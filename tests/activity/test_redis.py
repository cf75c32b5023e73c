"""What the hot paths do past redis-py's own commands."""

import asyncio
import uuid
from typing import Any

import pytest
from redis.exceptions import NoScriptError, ResponseError

from activity.live.hub import Hub
from activity.redis import async_client, client, send_together
from activity.streaming.store import APPENDED, MISSING, Flush, Store, read_snapshot


def flush(generation: uuid.UUID, start: int, text: str) -> Flush:
    size = start + len(text)
    return Flush(generation, 1, start, size, text, start, text, size, 0, b"frame")


async def test_answers_come_in_order_and_errors_are_among_them() -> None:
    redis, key = async_client(), f"test:{uuid.uuid4()}"

    answers = await send_together(
        redis, [("SET", key, "x"), ("EVALSHA", "0" * 40, 0), ("LPUSH", key, 1), ("GET", key)]
    )

    assert answers[0] in (b"OK", "OK", True)
    assert isinstance(answers[1], NoScriptError)
    assert isinstance(answers[2], ResponseError)
    assert answers[3] == b"x"
    await redis.delete(key)


async def test_a_connection_left_in_the_middle_is_not_used_again() -> None:
    redis, key = async_client(), f"test:{uuid.uuid4()}"
    waiting = asyncio.ensure_future(send_together(redis, [("BLPOP", key, 5), ("GET", key)]))
    await asyncio.sleep(0.1)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)

    assert await send_together(redis, [("PING",), ("GET", key)]) in (
        [b"PONG", None],
        ["PONG", None],
    )


async def test_the_script_is_loaded_again_after_it_was_forgotten() -> None:
    redis, generation = async_client(), uuid.uuid4()
    store = Store(redis)
    assert await store.append([flush(generation, 0, "one ")]) == [APPENDED]

    await redis.script_flush()

    assert await store.append([flush(generation, 4, "two"), flush(generation, 9, "x")]) == [
        APPENDED,
        MISSING,
    ]
    snapshot = await read_snapshot(redis, generation)
    assert snapshot is not None
    assert snapshot.tail == "one two"
    await redis.delete(*(f"generation:{generation}:{name}" for name in ("state", "text", "html")))


class Ear:
    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.again = 0

    def hear(self, channel: str, data: bytes) -> None:
        self.heard.append(data)

    def hear_again(self) -> None:
        self.again += 1


async def until(condition: Any) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.02)


async def connected_hub(channel: str, ear: Ear) -> Hub:
    """A hub that listens for the ear; what the ear heard of the connecting is forgotten."""
    hub = Hub()
    await hub.join(channel, ear)
    await until(lambda: ear.again == 1)
    ear.again = 0
    return hub


async def test_a_listener_hears_its_channel_and_hears_again_after_a_cut() -> None:
    ear, channel = Ear(), f"test:{uuid.uuid4()}"
    hub = await connected_hub(channel, ear)
    client().publish(channel, "one")
    await until(lambda: ear.heard == [b"one"])

    for each in client().client_list(_type="pubsub"):
        client().client_kill_filter(_id=each["id"])
    await until(lambda: ear.again == 1)
    client().publish(channel, "two")
    await until(lambda: ear.heard == [b"one", b"two"])

    await hub.leave(channel, ear)
    await until(lambda: not client().pubsub_numsub(channel)[0][1])
    assert hub._task is not None
    hub._task.cancel()


async def test_a_connection_that_says_nothing_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("activity.live.hub.PING_SECONDS", 0.2)
    ear, channel = Ear(), f"test:{uuid.uuid4()}"
    hub = await connected_hub(channel, ear)
    await asyncio.sleep(0.7)
    assert ear.again == 0, "pings are answered"

    async def no_ping(*args: object) -> None:
        return None

    monkeypatch.setattr("redis.asyncio.client.PubSub.ping", no_ping)
    await until(lambda: ear.again == 1)
    assert hub._task is not None
    hub._task.cancel()
