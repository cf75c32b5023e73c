"""Migrations that carry rows over."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from accounts.models import User
from chat.models import Thread

pytestmark = pytest.mark.django_db(transaction=True)
BEFORE, AFTER = [("activity", "0002_conversations")], [("activity", "0003_keep_activity")]


def migrate(target: list[tuple[str, str]]) -> Any:
    MigrationExecutor(connection).migrate(target)
    return MigrationExecutor(connection).loader.project_state(target).apps


@pytest.fixture(autouse=True)
def back_again(db: None) -> Iterator[None]:
    yield
    migrate(MigrationExecutor(connection).loader.graph.leaf_nodes("activity"))


def test_what_is_known_of_threads_activity_is_carried_over_and_back(owner: User) -> None:
    moment = datetime(2026, 1, 2, tzinfo=UTC)
    threads = [Thread.objects.create(owner=owner, title=str(number)) for number in range(3)]
    old = migrate(BEFORE).get_model("activity", "ThreadActivity")
    for number, thread in enumerate(threads):
        old.objects.create(
            thread_id=thread.pk,
            user_id=owner.pk,
            active_count=number,
            is_generating=number > 0,
            updated_at=moment,
        )

    new = migrate(AFTER).get_model("activity", "ConversationActivity")

    kept = {row.thread_id: row for row in new.objects.all()}
    assert [kept[thread.pk].active_count for thread in threads] == [0, 1, 2]
    assert [kept[thread.pk].is_generating for thread in threads] == [False, True, True]
    assert {(row.user_id, row.updated_at, row.post_id) for row in kept.values()} == {
        (owner.pk, moment, None)
    }

    back = migrate(BEFORE).get_model("activity", "ThreadActivity")
    assert sorted(back.objects.values_list("active_count", flat=True)) == [0, 1, 2]
