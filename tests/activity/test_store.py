"""Text in Redis: what is appended, what is missing, and who is fenced off."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator

import pytest
from redis.asyncio import Redis

from activity.redis import async_client, client
from activity.streaming import store
from activity.streaming.store import (
    APPENDED,
    EXPIRE_SECONDS,
    FENCED,
    MISSING,
    Flush,
    Store,
    channel,
    keys,
    read_snapshot,
    read_snapshot_sync,
    read_text,
)

ID = uuid.UUID(int=7)


@pytest.fixture
async def redis() -> AsyncIterator[Redis]:
    connection = async_client()
    yield connection
    await connection.aclose()


@pytest.fixture(autouse=True)
def no_text() -> Iterator[None]:
    client().delete(*keys(ID))
    yield
    client().delete(*keys(ID))


def flush(
    start: int, text: str, *, epoch: int = 1, html: str = "", position: int = 0, closed: int = 0
) -> Flush:
    end = start + len(text.encode())
    size = position + len(html.encode())
    return Flush(ID, epoch, start, end, text, position, html, size, closed, b"frame")


async def test_what_is_appended_is_the_text_and_its_html(redis: Redis) -> None:
    first = flush(0, "Olá ", html="<p>Olá</p>")
    second = flush(5, "🏺", html=" 🏺</p>", position=7, closed=3)

    assert await Store(redis).append([first, second]) == [APPENDED, APPENDED]

    assert read_text(ID) == (1, "Olá 🏺")
    snapshot = await read_snapshot(redis, ID)
    assert snapshot == store.Snapshot(epoch=1, offset=9, closed="<p>", tail="Olá 🏺</p>")
    assert read_snapshot_sync(ID) == snapshot


async def test_html_that_became_shorter_leaves_no_end_behind(redis: Redis) -> None:
    await Store(redis).append([flush(0, "a", html="<p>a very long tail</p>")])
    await Store(redis).append([flush(1, "b", html="b</p>", position=3)])

    snapshot = await read_snapshot(redis, ID)
    assert snapshot is not None
    assert snapshot.tail == "<p>b</p>"


@pytest.mark.parametrize("start", [3, 5, 400])
async def test_text_that_redis_does_not_hold_up_to_there_is_missing(
    redis: Redis, start: int
) -> None:
    await Store(redis).append([flush(0, "text")])

    assert await Store(redis).append([flush(start, "more")]) == [MISSING]
    assert read_text(ID) == (1, "text")


async def test_after_a_flush_of_redis_the_next_is_missing(redis: Redis) -> None:
    await Store(redis).append([flush(0, "text")])
    await redis.delete(*keys(ID))

    assert await Store(redis).append([flush(4, "more")]) == [MISSING]
    assert read_text(ID) is None


async def test_the_same_flush_twice_is_not_appended_twice(redis: Redis) -> None:
    await Store(redis).append([flush(0, "text")])

    assert await Store(redis).append([flush(0, "text")]) == [MISSING]
    assert read_text(ID) == (1, "text")


async def test_a_later_claim_starts_anew_and_fences_off_the_earlier(redis: Redis) -> None:
    worker = Store(redis)
    await worker.append([flush(0, "first", epoch=1)])

    assert await worker.append([flush(5, "late", epoch=2)]) == [MISSING]
    assert await worker.append([flush(0, "second", epoch=3)]) == [APPENDED]
    assert await worker.append([flush(5, "zombie", epoch=1)]) == [FENCED]
    await worker.replace(ID, epoch=1, text="zombie", closed="", tail="zombie")

    assert read_text(ID) == (3, "second")


async def test_the_text_is_written_anew_after_an_outage(redis: Redis) -> None:
    worker = Store(redis)
    await worker.replace(ID, epoch=4, text="Olá", closed="<p>Olá</p>", tail="<p>x")

    snapshot = await read_snapshot(redis, ID)
    assert snapshot == store.Snapshot(epoch=4, offset=4, closed="<p>Olá</p>", tail="<p>x")
    assert await worker.append([flush(4, "!", epoch=4, html="!", position=16)]) == [APPENDED]


async def test_each_append_tells_the_pages_and_a_refused_one_does_not(redis: Redis) -> None:
    worker = Store(redis)
    async with async_client().pubsub(ignore_subscribe_messages=True) as pubsub:
        await pubsub.subscribe(channel(ID))
        await pubsub.get_message(timeout=1)
        await worker.append([flush(0, "a"), flush(9, "lost"), flush(1, "b")])
        await worker.replace(ID, epoch=1, text="ab", closed="", tail="ab")
        heard = []
        async with asyncio.timeout(2):
            while len(heard) < 3:
                message = await pubsub.get_message(timeout=0.2)
                if message:
                    heard.append(message["data"])
        assert await pubsub.get_message(timeout=0.05) is None

    assert heard == [b"frame", b"frame", b""]


async def test_text_expires_unless_it_is_kept(redis: Redis) -> None:
    worker = Store(redis)
    await worker.append([flush(0, "text", html="<p>text</p>")])
    for key in keys(ID):
        assert 0 < client().ttl(key) <= EXPIRE_SECONDS
        client().expire(key, 5)

    await worker.keep([ID])

    for key in keys(ID):
        assert client().ttl(key) > 5


async def test_an_end_forgets_the_text_and_lets_no_more_in(redis: Redis) -> None:
    worker = Store(redis)
    await worker.append([flush(0, "text")])

    store.forget(ID, epoch=2)

    assert read_text(ID) in (None, (2, ""))
    assert await worker.append([flush(4, "zombie")]) == [FENCED]
    assert await worker.append([flush(0, "zombie")]) == [FENCED]


async def test_without_text_there_is_no_snapshot(redis: Redis) -> None:
    assert await read_snapshot(redis, ID) is None
    assert read_snapshot_sync(ID) is None
