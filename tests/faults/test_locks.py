"""Statements of the ledger against rows that somebody else holds."""

import asyncio
import threading
import time
from datetime import timedelta

import pytest
from django.db import Error, connection, transaction
from django.utils import timezone

from accounts.models import User
from activity import ledger
from activity.models import Generation, TextChunk
from activity.redis import async_client, client
from activity.services import stop
from activity.streaming import store
from activity.streaming.sink import TextSink
from activity.streaming.store import Flush
from tests.factories import make_running

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_row_that_is_being_ended_does_not_hold_up_other_leases(owner: User) -> None:
    ending, other = make_running(owner), make_running(owner)
    Generation.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    kept: set[object] = set()

    def renew() -> None:
        kept.update(ledger.renew([(ending.pk, ending.epoch), (other.pk, other.epoch)]))
        connection.close()

    with transaction.atomic():
        Generation.objects.select_for_update().get(pk=ending.pk)
        thread = threading.Thread(target=renew)
        thread.start()
        thread.join(5)
        assert not thread.is_alive()

    assert kept == {ending.pk, other.pk}
    assert Generation.objects.filter(lease_until__gt=timezone.now()).get() == other


def test_a_chunk_saved_again_may_have_grown(owner: User) -> None:
    """As after a COMMIT whose answer was lost with the connection."""
    running = make_running(owner)

    ledger.save_chunks([(running.pk, running.epoch, 0, "One ")])
    ledger.save_chunks([(running.pk, running.epoch, 0, "One two ")])
    ledger.save_chunks([(running.pk, running.epoch, 8, "three")])

    chunks = TextChunk.objects.order_by("offset").values_list("text", flat=True)
    assert "".join(chunks) == "One two three"


def flush_of(running: Generation, text: str) -> Flush:
    sink = TextSink(running.pk, running.epoch, wake=lambda sink: None)
    sink.write(text)
    flush = sink.take_flush()
    assert flush is not None
    return flush


async def written(flush: Flush) -> int:
    redis = async_client()
    try:
        return (await store.Store(redis).append([flush]))[0]
    finally:
        await redis.aclose()


def test_an_ended_generation_takes_no_more_text(owner: User) -> None:
    running = make_running(owner)
    assert asyncio.run(written(flush_of(running, "One "))) == store.APPENDED
    assert all(client().ttl(key) > 0 for key in store.keys(running.pk))

    assert stop(generation=running)

    assert asyncio.run(written(flush_of(running, "late"))) == store.FENCED
    assert store.read_snapshot_sync(running.pk) is None
    assert [client().ttl(key) > 0 for key in store.keys(running.pk)] == [True, False, False]


def test_a_process_that_sleeps_in_a_transaction_lets_go(owner: User) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW idle_in_transaction_session_timeout")
        assert cursor.fetchone() == ("20s",)
        cursor.execute("SET idle_in_transaction_session_timeout = '200ms'")
    running = make_running(owner)

    @transaction.atomic
    def sleep_with_a_lock() -> None:
        Generation.objects.select_for_update().get(pk=running.pk)
        time.sleep(0.6)
        Generation.objects.count()

    with pytest.raises(Error):
        sleep_with_a_lock()
    connection.close()
