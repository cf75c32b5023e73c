"""One subscription for all sockets of a process: who listens hears, and learns of what was
missed."""

import asyncio
import uuid
from collections.abc import Callable

import pytest
from redis import Redis

from activity.live.hub import Hub, hub
from activity.redis import client

pytestmark = pytest.mark.usefixtures("ended_hub")


class Ear:
    def __init__(self) -> None:
        self.heard: list[tuple[str, bytes]] = []
        self.again = 0

    def hear(self, channel: str, data: bytes) -> None:
        self.heard.append((channel, data))

    def hear_again(self) -> None:
        self.again += 1


class DeafEar(Ear):
    def hear(self, channel: str, data: bytes) -> None:
        raise RuntimeError("it cannot")


@pytest.fixture
def channel() -> str:
    return f"user:{uuid.uuid4()}"


async def until(condition: Callable[[], object], seconds: float = 5) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


async def connected() -> Hub:
    """A hub with its connection, so that a join is confirmed."""
    ear = Ear()
    await hub().join("test", ear)
    await until(lambda: ear.again)
    await hub().leave("test", ear)
    return hub()


def subscribers(channel: str) -> int:
    redis: Redis = client()
    return int(redis.pubsub_numsub(channel)[0][1])


async def test_who_has_joined_hears_what_is_published_from_then_on(channel: str) -> None:
    one, two, other = Ear(), Ear(), Ear()
    shared = await connected()
    await shared.join(channel, one)
    await shared.join(channel, two)
    await shared.join(f"{channel}-other", other)

    client().publish(channel, b"hello")
    await until(lambda: one.heard and two.heard)

    assert one.heard == two.heard == [(channel, b"hello")]
    assert other.heard == []


async def test_a_join_returns_once_nothing_can_be_missed(channel: str) -> None:
    shared, ears = await connected(), [Ear() for _ in range(30)]

    async def join_and_publish(number: int) -> None:
        await shared.join(f"{channel}-{number}", ears[number])
        client().publish(f"{channel}-{number}", b"at once")

    await asyncio.gather(*(join_and_publish(number) for number in range(len(ears))))
    await until(lambda: all(ear.heard for ear in ears))


async def test_the_last_to_leave_ends_the_subscription(channel: str) -> None:
    one, two, shared = Ear(), Ear(), await connected()
    await shared.join(channel, one)
    await shared.join(channel, two)
    await shared.leave(channel, one)
    assert subscribers(channel) == 1

    client().publish(channel, b"x")
    await until(lambda: two.heard)
    await shared.leave(channel, two)
    await until(lambda: subscribers(channel) == 0)

    assert one.heard == []
    assert channel not in shared.channels


async def test_joining_twice_and_leaving_what_was_not_joined_do_no_harm(channel: str) -> None:
    ear, shared = Ear(), await connected()
    await shared.leave(channel, ear)
    await shared.join(channel, ear)
    await shared.join(channel, ear)
    client().publish(channel, b"x")
    await until(lambda: ear.heard)
    await shared.leave(channel, ear)
    await shared.leave(channel, ear)

    assert ear.heard == [(channel, b"x")]
    assert shared.channels == []


async def test_leaving_and_joining_again_at_once_ends_up_subscribed(channel: str) -> None:
    ear, shared = Ear(), await connected()
    for _ in range(20):
        await shared.join(channel, ear)
        await shared.leave(channel, ear)
    await shared.join(channel, ear)
    await asyncio.sleep(0.05)

    client().publish(channel, b"x")

    await until(lambda: ear.heard)


async def test_who_joins_before_the_first_connection_is_told_to_read_anew(channel: str) -> None:
    ear = Ear()
    await hub().join(channel, ear)

    await until(lambda: ear.again == 1)
    client().publish(channel, b"x")
    await until(lambda: ear.heard)


async def test_after_a_lost_connection_all_are_told_and_hear_again(channel: str) -> None:
    one, two, shared = Ear(), Ear(), await connected()
    await shared.join(channel, one)
    await shared.join(f"{channel}-two", two)
    assert shared._pubsub is not None
    assert shared._pubsub.connection is not None
    await shared._pubsub.connection.disconnect()

    await until(lambda: one.again and two.again)
    client().publish(channel, b"x")
    client().publish(f"{channel}-two", b"y")
    await until(lambda: one.heard and two.heard)


async def test_who_joins_while_the_connection_is_away_is_told_too(channel: str) -> None:
    early, late, shared = Ear(), Ear(), await connected()
    await shared.join(channel, early)
    assert shared._pubsub is not None
    assert shared._pubsub.connection is not None
    await shared._pubsub.connection.disconnect()
    await until(lambda: shared._pubsub is None)
    await shared.join(f"{channel}-late", late)

    await until(lambda: early.again and late.again)
    client().publish(f"{channel}-late", b"x")
    await until(lambda: late.heard)


async def test_a_listener_that_breaks_does_not_deafen_the_others_for_ever(channel: str) -> None:
    deaf, ear, shared = DeafEar(), Ear(), await connected()
    await shared.join(channel, deaf)
    await shared.join(f"{channel}-two", ear)

    client().publish(channel, b"x")
    await until(lambda: ear.again)
    client().publish(f"{channel}-two", b"y")

    await until(lambda: ear.heard)


async def test_each_loop_has_one_hub() -> None:
    assert hub() is hub()
