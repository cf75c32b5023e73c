"""Deleting for good: all of it, only what is due, and no file that somebody still has."""

import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from subprocess import DEVNULL, Popen, run
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import IntegrityError
from django.utils import timezone

from accounts.models import User
from activity.models import Generation
from chat.importing.models import ImportedThread
from chat.models import Message, Thread
from config.celery import app
from config.settings import CELERY_BEAT_SCHEDULE
from files import tasks as files_tasks
from files.models import Blob, File
from gallery import editing
from gallery import tasks as gallery_tasks
from gallery.images import GeneratedImage
from gallery.models import Exchange, Post, Project
from gallery.trash import purging, services
from gallery.trash.posts import TrashedPosts
from gallery.usage.months import month_of
from gallery.usage.report import report
from providers.models import AIModel
from tests.gallery.rows import make_call, make_exchange, make_image, make_project
from tests.gallery.trash import (
    ago,
    expected,
    keep_file,
    make_post,
    make_thread,
    orphans,
    stored,
)
from tests.studio import ROOT, wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("own_storage")]


def command(**options: Any) -> str:
    out = StringIO()
    call_command("purge_trash", stdout=out, **options)
    return out.getvalue()


def test_what_is_due_goes_with_rows_and_files_and_nothing_else(owner: User) -> None:
    make_post(owner, days=31, images=2)
    make_thread(owner, days=31)
    make_project(owner, deleted_at=ago(31))
    young, living = make_post(owner, days=29), make_post(owner)
    chat = make_thread(owner)

    told = command()

    assert "Deleted 1 chats, 1 posts, 1 projects; 3 files, and the bytes of 3." in told
    assert set(Post.objects.all()) == {young, living}
    assert list(Thread.objects.all()) == [chat]
    assert not Project.objects.exists()
    assert orphans() == []
    assert stored() == expected() != set()


def test_a_dry_run_tells_the_same_and_touches_nothing(owner: User) -> None:
    make_post(owner, days=31)
    make_post(owner, days=31)
    make_thread(owner, days=31)
    before = stored()

    assert "Would delete 1 chats, 2 posts." in command(dry_run=True)

    assert Post.objects.count() == 2
    assert stored() == before
    assert "Deleted 1 chats, 2 posts;" in command()
    assert "Would delete nothing." in command(dry_run=True)


def test_days_are_a_setting_and_an_option(owner: User, settings: Any) -> None:
    make_post(owner, days=6)
    assert "Would delete nothing" in command(dry_run=True)
    assert "Would delete 1 posts" in command(dry_run=True, older_than=5)
    settings.TRASH_DAYS = 5
    assert purging.count(before=purging.cutoff())["posts"] == 1
    with pytest.raises(CommandError):
        command(older_than=-1)


def test_the_cutoff_is_told_in_utc_wherever_the_reader_is(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    noon = datetime(2026, 11, 21, 12, tzinfo=UTC)
    make_post(owner)
    Post.objects.update(deleted_at=noon - timedelta(days=30, minutes=1))
    monkeypatch.setattr(timezone, "now", lambda: noon)

    with timezone.override("America/Sao_Paulo"):
        told = command(dry_run=True)

    assert "Deleted before 2026-10-22 12:00:00 UTC" in told
    assert "1 posts" in told


def test_beat_does_it_every_day() -> None:
    entry = CELERY_BEAT_SCHEDULE["purge-trash"]
    assert entry == {"task": "gallery.tasks.purge_trash", "schedule": 24 * 3600.0}


def test_a_file_stays_while_anybody_points_to_it(owner: User, stranger: User) -> None:
    post, other = make_post(owner, days=31), make_post(owner, images=0)
    shared = File.objects.get()
    make_image(other.exchanges.get(), file=shared)
    theirs = File.objects.create(owner=stranger, blob=shared.blob, name="same bytes.png")
    make_image(make_exchange(make_post(stranger, images=0)), file=theirs)

    command()

    assert not Post.objects.filter(pk=post.pk).exists()
    assert set(File.objects.all()) == {shared, theirs}
    assert stored() == expected() != set()

    Post.objects.filter(owner=owner).update(deleted_at=ago(31))
    GeneratedImage.objects.filter(owner=owner).update(deleted_at=ago(31))
    command()

    assert list(File.objects.all()) == [theirs]  # the same bytes, in other hands
    assert stored() == expected() != set()

    Post.objects.update(deleted_at=ago(31))
    command()
    assert stored() == set()


def test_previews_that_no_row_names_go_with_their_original(owner: User) -> None:
    make_post(owner, days=31)
    blob = Blob.objects.get()
    default_storage.save(f"{blob.previews_folder}/640.webp", default_storage.open(blob.path))

    command()

    assert stored() == set()


def test_bytes_that_are_being_opened_wait(owner: User) -> None:
    make_post(owner, days=31)
    Blob.objects.update(state="decoding", lease_until=timezone.now() + timedelta(minutes=1))

    command()
    assert not File.objects.exists()
    assert stored() == expected() != set()

    Blob.objects.update(lease_until=ago(1))
    command()
    assert stored() == set()


def test_images_of_living_posts_go_and_their_posts_stay(owner: User) -> None:
    post = make_post(owner, images=3)
    first, second, third = post.images.order_by("position")
    GeneratedImage.objects.filter(pk=first.pk).update(deleted_at=ago(31))
    GeneratedImage.objects.filter(pk=second.pk).update(deleted_at=ago(3))

    assert "Deleted 1 images; 1 files" in command()

    assert set(post.images.all()) == {second, third}
    assert stored() == expected()
    assert orphans() == []


def test_images_deleted_with_a_post_are_not_taken_out_of_it(owner: User) -> None:
    """Somebody may restore it at this moment: then it is to have its images."""
    post = make_post(owner, days=31, images=2)
    kind = next(one for one in purging.kinds.purgeable() if one.name == "image")

    assert not kind.deleted().exists()
    editing.restore(user=owner, post_id=post.pk)
    command()

    assert post.images.filter(deleted_at=None).count() == 2


def test_branches_of_living_threads_go_from_their_top(owner: User, model: AIModel) -> None:
    thread = make_thread(owner, messages=8)
    rows = list(thread.messages.order_by("created_revision"))
    for message in rows[4:]:
        Message.objects.filter(pk=message.pk).update(deleted_at=ago(2))
    deleted = ago(31)
    Message.objects.filter(pk__in=[rows[6].pk, rows[7].pk]).update(deleted_at=deleted)
    Thread.objects.update(leaf=rows[3])
    spent = Generation.objects.count()

    assert "Deleted 1 messages; 0 files" in command()

    assert set(thread.messages.all()) == set(rows[:6])
    assert Thread.objects.get().leaf == rows[3]
    assert Generation.objects.count() == spent - 1
    assert orphans() == []


def test_an_imported_chat_that_was_purged_stays_away(owner: User) -> None:
    thread = make_thread(owner, days=31)
    ImportedThread.objects.create(owner=owner, source="chatgpt", source_id="1", thread=thread)

    command()

    assert ImportedThread.objects.get().thread is None


def test_what_it_cost_is_told_as_before(owner: User, model: AIModel) -> None:
    at = timezone.now() - timedelta(days=35)
    with timezone.override("Asia/Kathmandu"):  # 5 hours and 45 minutes ahead
        post = make_post(owner, days=31, images=2, created_at=at)
        exchange = post.exchanges.get()
        Exchange.objects.update(
            caption_cost=Decimal("0.02"), text_model=model, prompt_tokens=7, completion_tokens=9
        )
        GeneratedImage.objects.filter(position=0).update(cost=Decimal("0.04"), model_name="Shapes")
        kept = make_image(exchange, model_name="Dunes", cost=Decimal("0.1"), deleted_at=ago(40))
        thread = make_thread(owner, days=31)
        Generation.objects.update(created_at=at, cost=Decimal("0.5"), model=model)
        make_call(owner, at, model=model, cost=None, thread=thread)
        month = month_of(at)
        before = report(owner, month=month, measure="cost")

        command()

        after = report(owner, month=month, measure="cost")
    assert not Generation.objects.exists()
    assert not GeneratedImage.objects.filter(pk=kept.pk).exists()
    assert before.total.calls == 7
    assert after == before


def test_purging_again_counts_nothing_twice(owner: User) -> None:
    make_post(owner, days=31)
    before = report(owner, month=None, measure="calls").total
    command()
    assert "Deleted nothing; 0 files" in command()
    assert report(owner, month=None, measure="calls").total == before


def test_a_post_whose_parent_is_gone_comes_back(owner: User) -> None:
    parent = make_post(owner, days=31)
    child = make_post(owner, days=3, parent=parent)

    command()
    services.restore(user=owner, kind="post", id=child.pk)

    child.refresh_from_db()
    assert child.deleted_at is None
    assert child.parent is None
    assert child.images.filter(deleted_at=None).count() == 1


def test_one_that_cannot_be_deleted_keeps_the_others_from_nothing(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = make_post(owner, days=33), make_post(owner, days=32)
    erase = TrashedPosts.erase

    def failing(self: TrashedPosts, things: Sequence[Post]) -> Any:
        files = erase(self, things)
        if bad in things:
            raise IntegrityError("no")
        return files

    monkeypatch.setattr(TrashedPosts, "erase", failing)

    with pytest.raises(CommandError, match="1 could not be deleted"):
        command()

    assert list(Post.objects.all()) == [bad]
    assert bad.images.count() == 1
    assert not Post.objects.filter(pk=good.pk).exists()
    assert stored() == expected()


# --- Killed -------------------------------------------------------------------------------------

THINGS = 60


@pytest.mark.stack
@pytest.mark.parametrize("left", [THINGS - 5, THINGS // 2])
def test_a_purge_that_is_killed_half_way_is_finished_by_the_next(
    owner: User, service_urls: dict[str, str], settings: Any, tmp_path: Path, left: int
) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    for _number in range(THINGS // 2):
        make_post(owner, days=31, images=2)
        make_thread(owner, days=31)
    kept = make_post(owner)
    keep_file(owner)  # nobody points to it
    before = report(owner, month=None, measure="calls").total

    environment = os.environ | service_urls | {"ATELIER_DATA_DIR": str(tmp_path)}
    purge = [sys.executable, "manage.py", "purge_trash"]
    with Popen(purge, cwd=ROOT, env=environment, stdout=DEVNULL) as process:
        things = lambda: Post.objects.count() + Thread.objects.count() - 1  # noqa: E731
        wait_until(lambda: things() <= left, seconds=60, what="some of it is gone")
        process.kill()
    cut = things()
    assert cut > 0, "it was killed too late to tell anything"
    usage = report(owner, month=None, measure="calls").total
    assert usage == before  # whole things only, with what they cost

    ended = run(purge, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)

    told = sum(int(word) for word in ended.stdout.split(";")[0].split() if word.isdigit())
    assert told == cut
    assert list(Post.objects.all()) == [kept]
    assert not Thread.objects.exists()
    assert orphans() == []
    assert stored() == expected() != set()
    assert report(owner, month=None, measure="calls").total == before


def test_bytes_that_went_before_their_rows_are_no_hindrance(owner: User) -> None:
    """As after a purge that was cut off between the two."""
    make_post(owner, days=31)
    blob = Blob.objects.get()
    default_storage.delete(blob.path)
    default_storage.delete(blob.renditions.get().path)

    command()

    assert not Blob.objects.exists()
    assert stored() == set()


def test_a_storage_that_fails_is_tried_again(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    make_post(owner, days=31, images=3)
    bad = Blob.objects.order_by("pk")[1]
    delete = default_storage.delete

    def failing(path: str) -> None:
        if path == bad.path:
            raise OSError("the disk is away")
        delete(path)

    monkeypatch.setattr(default_storage, "delete", failing)
    assert "3 files, and the bytes of 2." in command()
    assert list(Blob.objects.all()) == [bad]

    monkeypatch.undo()
    Blob.objects.update(touched_at=ago(1))
    assert "0 files, and the bytes of 1." in command()
    assert not Blob.objects.exists()


# --- By workers ---------------------------------------------------------------------------------


def test_workers_know_what_they_are_sent() -> None:
    app.autodiscover_tasks(force=True)
    wanted = {entry["task"] for entry in CELERY_BEAT_SCHEDULE.values()}
    assert wanted | {"files.tasks.remove_bytes"} <= set(app.tasks)


def test_a_worker_does_what_was_emptied(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    monkeypatch.setattr(services, "_send", lambda task, *given: sent.append(task))
    make_post(owner, days=3)
    make_thread(owner, days=2)
    services.empty(user=owner, until=timezone.now())

    (task,) = sent
    app.tasks[task]()

    assert not Post.objects.exists()
    assert not Thread.objects.exists()
    assert stored() == set()


def test_a_worker_lets_others_have_their_turn(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    again: list[str] = []
    for module, task in ((gallery_tasks, "purge_trash"), (files_tasks, "purge_files")):
        one = getattr(module, task)
        monkeypatch.setattr(one, "delay", lambda task=task: again.append(task))
        monkeypatch.setattr(module, "TURN_SECONDS", 0.0)
        make_post(owner, days=31)

        one()
        assert again.pop() == task
        assert Post.objects.exists()

        monkeypatch.setattr(module, "TURN_SECONDS", 60.0)
        one()
        assert again == []
