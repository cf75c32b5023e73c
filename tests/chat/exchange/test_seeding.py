"""Made-up threads keep every rule of real ones."""

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Count, F, Max
from django.test import Client

from accounts.models import User
from activity.counts import reconcile_activity
from chat.models import Message, Role, Thread
from chat.path import path

pytestmark = pytest.mark.django_db(transaction=True)


def seed(**options: object) -> None:
    call_command("seed_demo", user="OWNER@example.com", **options)


def test_there_are_as_many_as_were_asked_for(owner: User) -> None:
    seed(threads=30, messages=2001)
    sizes = Thread.objects.annotate(size=Count("messages")).values_list("size", flat=True)
    assert (len(sizes), sum(sizes)) == (30, 2001)
    assert max(sizes) > 3 * min(sizes)
    seed(threads=1, messages=7, chance=2)
    assert (Thread.objects.count(), Message.objects.count()) == (31, 2008)


def test_trees_revisions_and_activity_are_right(owner: User) -> None:
    seed(threads=20, messages=3000)

    assert not Message.objects.exclude(parent=None).exclude(thread=F("parent__thread")).exists()
    assert not Message.objects.filter(role=Role.ASSISTANT).exclude(parent__role=Role.USER).exists()
    assert not Message.objects.filter(role=Role.ASSISTANT, html="").exists()
    assert Message.objects.annotate(n=Count("children")).filter(n__gt=1).exists()
    assert reconcile_activity() == 0
    for thread in Thread.objects.annotate(newest=Max("messages__revision")):
        assert thread.revision == thread.newest >= thread.path_revision
        shown = path(thread, limit=10_000)
        assert shown[0].parent_id is None
        assert [one.created_at for one in shown] == sorted(one.created_at for one in shown)
        assert not thread.messages.filter(parent=thread.leaf).exists()


def test_they_are_shown(client: Client, owner: User) -> None:
    seed(threads=3, messages=200)
    client.force_login(owner)
    for thread in Thread.objects.all():
        assert client.get(f"/chat/{thread.pk}/").status_code == 200


def test_a_wrong_wish_is_refused(owner: User) -> None:
    for options in ({"threads": 0}, {"threads": 5, "messages": 2}):
        with pytest.raises(CommandError):
            seed(**options)
    with pytest.raises(CommandError, match="no account"):
        call_command("seed_demo", user="nobody@example.com")
