"""Statements of the ledger against rows that somebody else holds."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from activity import ledger
from activity.models import Generation, TextChunk
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
