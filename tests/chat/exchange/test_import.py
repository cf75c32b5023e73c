"""Imports from file to threads: once each, whole or not at all, and told truthfully."""

import os
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.models import User
from activity.streaming.markdown import render
from chat.importing import elements as splitting
from chat.importing import files as reading
from chat.importing import keeping, lease, saving, services, work
from chat.importing.models import ImportedThread, ImportJob, ImportState
from chat.importing.refusals import FileTooLarge, ImportRunning, NoFile, NotImportable
from chat.importing.sentences import tell
from chat.models import Message, Role, Thread
from chat.path import path
from providers.models import AIModel
from tests.chat.exchange.conftest import Bring, report_of
from tests.chat.exchange.exports import (
    BEGAN,
    as_json,
    as_zip,
    chatgpt_chat,
    chatgpt_node,
    openwebui_chat,
)
from tests.factories import make_model

pytestmark = pytest.mark.django_db(transaction=True)


def upload(data: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("conversations.json", data)


def rows() -> dict[str, int]:
    return {"threads": Thread.objects.count(), "messages": Message.objects.count()}


def test_a_chat_becomes_a_thread_with_its_tree(bring: Bring, owner: User) -> None:
    model = make_model("openai/gpt-5")

    job = bring(as_json(chatgpt_chat()))

    thread = Thread.objects.get()
    assert (job.state, job.percent, job.file.name) == (ImportState.COMPLETED, 100, "")
    assert (thread.owner, thread.title, thread.unread) == (owner, "About clay", False)
    assert thread.last_activity_at == datetime.fromtimestamp(BEGAN + 60, UTC)
    question, answer = path(thread)
    assert (question.content, question.author, question.html) == ("What is clay?", owner, "")
    assert (answer.content, answer.model, answer.author) == ("Wet *earth*.", model, None)
    assert answer.html == render(answer.content)
    assert Message.objects.filter(parent=question).count() == 2
    assert {(row.created_revision, row.revision) for row in path(thread)} == {(1, 1)}


def test_a_model_that_is_not_here_keeps_its_name(bring: Bring) -> None:
    bring(as_json(openwebui_chat()))
    answer = Message.objects.get(content="About 1,200 °C.")
    assert (answer.model, answer.model_name) == (None, "Llama 3")


def test_importing_twice_adds_nothing(bring: Bring) -> None:
    data = as_json(chatgpt_chat("one"), chatgpt_chat("two"), chatgpt_chat("one"))
    first = report_of(bring(data))
    before = rows()

    second = report_of(bring(data))

    assert (first.added, first.present, first.messages) == (2, 1, 6)
    assert (second.added, second.grown, second.present, second.messages) == (0, 0, 3, 0)
    assert rows() == before == {"threads": 2, "messages": 6}


def test_an_export_that_grew_adds_what_is_new(bring: Bring) -> None:
    bring(as_json(chatgpt_chat()))
    thread = Thread.objects.get()
    more = chatgpt_node("more", "second", "user", "And fire?", create_time=BEGAN + 500)

    report = report_of(bring(as_json(chatgpt_chat("chat-1", more, update_time=BEGAN + 500))))

    grown = Thread.objects.get()
    assert (report.added, report.grown, report.messages, report.messages_present) == (0, 1, 1, 3)
    assert [one.content for one in path(grown)] == ["What is clay?", "Wet *earth*.", "And fire?"]
    assert (grown.revision, grown.path_revision) == (thread.revision + 1,) * 2
    assert path(grown)[-1].created_revision == grown.revision
    assert grown.last_activity_at == datetime.fromtimestamp(BEGAN + 500, UTC)


def test_a_thread_that_went_on_here_keeps_showing_that(bring: Bring, owner: User) -> None:
    bring(as_json(chatgpt_chat()))
    thread = Thread.objects.get()
    own = Message.objects.create(thread=thread, parent_id=thread.leaf_id, role=Role.USER)
    Thread.objects.update(leaf=own)

    bring(as_json(chatgpt_chat("chat-1", chatgpt_node("more", "second", "user", "And fire?"))))

    assert Thread.objects.get().leaf == own
    assert Message.objects.filter(content="And fire?", parent=own.parent).exists()


def test_what_was_deleted_here_does_not_come_back(bring: Bring) -> None:
    bring(as_json(chatgpt_chat(), chatgpt_chat("other")))
    kept, trashed = Thread.objects.order_by("imported_from__source_id")
    trashed.deleted_at = timezone.now()
    trashed.save()
    kept.messages.filter(content="Wet *earth*.").delete()
    more = [chatgpt_node("more", "second", "user"), chatgpt_node("new", "first", "user", "Why?")]
    more[0]["message"]["content"]["parts"] = ["follows what was deleted"]

    job = bring(as_json(chatgpt_chat("chat-1", *more), chatgpt_chat("other", *more)))

    report = report_of(job)
    assert sorted(kept.messages.values_list("content", flat=True)) == [
        "A **mineral**.", "What is clay?", "Why?",
    ]  # fmt: skip
    assert report.left_out["deleted_branch"] == 1
    assert report.reasons == {"in_trash": 1}
    assert trashed.messages.count() == 3


def test_what_was_deleted_for_good_does_not_come_back(bring: Bring) -> None:
    bring(as_json(chatgpt_chat(), chatgpt_chat("other")))
    Thread.objects.get(imported_from__source_id="other").delete()

    job = bring(as_json(chatgpt_chat(), chatgpt_chat("other")))

    assert report_of(job).reasons == {"in_trash": 1}
    assert Thread.objects.get().imported_from.source_id == "chat-1"


def test_people_have_imports_of_their_own(bring: Bring, owner: User, stranger: User) -> None:
    data = as_json(chatgpt_chat())
    bring(data)
    bring(data, user=stranger)
    assert set(ImportedThread.objects.values_list("thread__owner", flat=True)) == {
        owner.pk, stranger.pk,
    }  # fmt: skip


def test_the_parts_of_a_zip_are_all_read_and_its_other_files_not(bring: Bring) -> None:
    data = as_zip(
        {
            "chat.html": b"<p>",
            "user.json": b'{"email": "x"}',
            "conversations-000.json": as_json(chatgpt_chat("one")),
            "conversations-001.json": as_json(chatgpt_chat("two"), openwebui_chat()),
            "../../evil.json": as_json(chatgpt_chat("evil")),
        }
    )
    assert report_of(bring(data, "export.zip")).added == 3


def test_what_cannot_be_read_is_named_and_the_rest_is_imported(
    bring: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(splitting, "MAX_ELEMENT", 5000)
    chats = [
        chatgpt_chat("good"),
        {"title": "Odd", "mapping": 7},
        {"title": "Huge", "mapping": {}, "padding": "x" * 6000},
        chatgpt_chat("bare", title="Bare", mapping={}),
        {"some": "thing"},
    ]
    job = bring(as_json(*chats)[:-1].replace(b'"Odd"', b'"Odd", "x": nonsense') + b"]")

    report = report_of(job)
    assert job.state == ImportState.COMPLETED
    assert report.added == 1
    assert [(one.title, one.reason) for one in report.skipped] == [
        ("", "unreadable"), ("", "too_large"), ("Bare", "empty"), ("", "unknown"),
    ]  # fmt: skip
    assert tell(job).results == ["1 chat imported", "3 messages added", "4 chats left out"]


def test_a_file_that_is_cut_off_says_so_and_keeps_what_came(bring: Bring) -> None:
    data = as_json(chatgpt_chat("one"), chatgpt_chat("two"))
    job = bring(data[:-40])
    assert (job.state, job.error_code) == (ImportState.COMPLETED, "cut_off")
    assert report_of(job).added == 1


def test_long_and_hostile_text_is_kept_within_limits(bring: Bring) -> None:
    long = chatgpt_node("long", "second", "assistant", "x" * 200_001)
    evil = chatgpt_node("evil", "long", "assistant", "<script>alert(1)</script>\0")
    job = bring(as_json(chatgpt_chat("c", long, evil, title="a\0b\n" * 200)))
    assert report_of(job).left_out["shortened"] == 1
    assert len(Message.objects.get(content__startswith="xxx").content) == 200_000
    assert "<script" not in Message.objects.get(content__contains="alert").html
    assert len(Thread.objects.get().title) == 200


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"hello", "not_json"),
        (b"PK\x03\x04 and then nothing", "broken_zip"),
        (b"[]", "nothing_inside"),
        (b"[1, 2, 3]", "nothing_inside"),
        (b'[{"a": 1', "cut_off"),
        (as_zip({"a.txt": b"x"}), "nothing_inside"),
        (as_zip({"conversations.json": b"[]"}, zipfile.ZIP_LZMA), "broken_zip"),
    ],
)
def test_what_is_no_export_is_refused_at_once(owner: User, data: bytes, code: str) -> None:
    with pytest.raises(NotImportable) as refused:
        services.start(owner=owner, upload=upload(data))
    assert refused.value.values == {"reason": code}
    assert refused.value.sentence()
    assert not ImportJob.objects.exists()


def test_a_password_a_size_and_no_file_are_refused(owner: User, settings: Any) -> None:
    locked = bytearray(as_zip({"conversations.json": b"[]"}))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.index(mark) + offset] |= 1
    with pytest.raises(NotImportable) as refused:
        services.start(owner=owner, upload=upload(bytes(locked)))
    assert refused.value.values == {"reason": "encrypted"}
    settings.MAX_IMPORT_BYTES = 10
    with pytest.raises(FileTooLarge):
        services.start(owner=owner, upload=upload(b"[" + b" " * 10))
    with pytest.raises(NoFile):
        services.start(owner=owner, upload=None)


@pytest.mark.parametrize("data", [b"[{}]", b'[{"a": 1}, {"b": [2]}]', as_zip({"x.json": b"{}"})])
def test_json_of_another_kind_fails_with_a_sentence(bring: Bring, data: bytes) -> None:
    job = bring(data)
    assert (job.state, job.error_code) == (ImportState.FAILED, "unknown_format")
    assert rows() == {"threads": 0, "messages": 0}


def test_a_zip_bomb_is_stopped_by_what_comes_out(
    bring: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MAX_UNPACKED", 100_000)
    padded = as_json(chatgpt_chat("one"))[:-1] + b"," + b" " * 200_000 + b'{"a":1}]'
    bomb = bytearray(as_zip({"conversations.json": padded}))
    with pytest.raises(NotImportable):
        bring(bytes(bomb))
    at = bomb.index(b"PK\x01\x02") + 24  # the size that the directory tells
    bomb[at : at + 4] = (50).to_bytes(4, "little")
    job = bring(bytes(bomb))
    assert job.state == ImportState.FAILED or report_of(job).added <= 1
    assert job.error_code in ("too_large_unpacked", "broken_zip", "cut_off")


def test_a_directory_that_is_too_large_is_not_read(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MAX_DIRECTORY", 1000)
    with pytest.raises(NotImportable) as refused:
        services.start(owner=owner, upload=upload(as_zip({f"{n}.json": b"" for n in range(50)})))
    assert refused.value.values == {"reason": "too_many_files"}


def test_one_import_at_a_time(owner: User, files: Path) -> None:
    data = as_json(chatgpt_chat())
    job = services.start(owner=owner, upload=upload(data))
    with pytest.raises(ImportRunning):
        services.start(owner=owner, upload=upload(data))
    assert [file.name for file in files.iterdir()] == [f"{job.pk}.json"]


def test_a_stopped_import_keeps_what_it_brought_and_no_file(
    owner: User, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "SLICE_SECONDS", 0)
    monkeypatch.setattr(work, "BATCH_CHATS", 1)
    job = services.start(owner=owner, upload=upload(as_json(*map(chatgpt_chat, "abc"))))
    work.run(job.pk)

    assert services.stop(owner=owner, job_id=job.pk)
    assert not services.stop(owner=owner, job_id=job.pk)
    work.run(job.pk)

    job.refresh_from_db()
    assert (job.state, rows()["threads"], list(files.iterdir())) == (ImportState.STOPPED, 1, [])


def test_slices_go_on_where_the_last_one_ended(
    bring: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "SLICE_SECONDS", 0)
    monkeypatch.setattr(work, "BATCH_CHATS", 1)
    members = {f"threads/{name}.json": as_json(*[chatgpt_chat(name + n) for n in "xyz"])
               for name in "abcd"}  # fmt: skip
    job = bring(as_zip(members), "all.zip")
    assert (job.state, report_of(job).added, report_of(job).present) == ("completed", 12, 0)
    assert job.epoch > 12


def test_a_worker_that_dies_leaves_whole_batches_and_another_goes_on(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It dies before, and inside, the transaction of its second batch."""
    monkeypatch.setattr(work, "BATCH_CHATS", 1)
    written = saving.write
    calls = []

    def dies(*args: object) -> None:
        calls.append(1)
        written(*args)  # type: ignore[arg-type]
        if len(calls) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(work, "write", dies)
    job = services.start(owner=owner, upload=upload(as_json(*map(chatgpt_chat, "abc"))))
    with pytest.raises(KeyboardInterrupt):
        work.run(job.pk)
    job.refresh_from_db()
    assert (job.state, rows()["threads"], report_of(job).added) == (ImportState.RUNNING, 1, 1)

    work.run(job.pk)  # its lease still holds
    assert rows()["threads"] == 1
    ImportJob.objects.update(lease_until=timezone.now(), sent_at=job.created_at.replace(year=2020))
    assert lease.resend() == 1
    work.run(job.pk)

    job.refresh_from_db()
    assert (job.state, rows(), report_of(job).added) == (
        "completed", {"threads": 3, "messages": 9}, 3,
    )  # fmt: skip


def test_a_worker_that_comes_back_late_writes_nothing(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned = saving.plan

    def slow(*args: object, **kwargs: object) -> object:
        plans = planned(*args, **kwargs)  # type: ignore[arg-type]
        ImportJob.objects.update(epoch=99)  # somebody else has taken it
        return plans

    monkeypatch.setattr(work, "plan", slow)
    job = services.start(owner=owner, upload=upload(as_json(chatgpt_chat())))
    work.run(job.pk)
    assert rows() == {"threads": 0, "messages": 0}


def test_an_import_that_keeps_failing_ends(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr(work, "plan", broken)
    job = services.start(owner=owner, upload=upload(as_json(chatgpt_chat())))
    for _ in range(lease.MAX_ATTEMPTS + 1):
        work.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error_code) == (ImportState.FAILED, "keeps_failing")


def test_files_that_a_crash_left_are_swept(owner: User, files: Path) -> None:
    ended = services.start(owner=owner, upload=upload(as_json(chatgpt_chat())))
    ImportJob.objects.update(state=ImportState.STOPPED)
    waiting = services.start(owner=owner, upload=upload(as_json(chatgpt_chat())))
    orphan = files / f"{'0' * 32}.zip"
    orphan.write_bytes(b"x")
    os.utime(orphan, (BEGAN, BEGAN))

    assert keeping.forget_files() == 2

    assert [file.stem for file in files.iterdir()] == [str(waiting.pk)]
    ended.refresh_from_db()
    assert ended.file.name == ""


def test_ten_times_the_chats_take_no_more_queries_a_batch(
    bring: Bring, django_assert_max_num_queries: Any, model: AIModel
) -> None:
    with django_assert_max_num_queries(25):
        bring(as_json(*[chatgpt_chat(f"c{n}") for n in range(50)]))
    assert rows() == {"threads": 50, "messages": 150}
