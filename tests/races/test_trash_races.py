"""A purge against whoever restores, attaches or brings the same bytes at that moment. One of the
two comes first; what is left is whole."""

import uuid
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from accounts.models import User
from chat import branches, thread_services
from chat.attaching import chosen
from chat.models import Attachment, Message, Thread
from chat.refusals import FileGone
from files import services as files
from files.models import Blob, File
from files.purging import release, remove_bytes
from gallery import editing
from gallery.images import GeneratedImage
from gallery.models import Post
from gallery.trash import kinds, purging, services
from gallery.trash.posts import TrashedPosts
from gallery.trash.refusals import NotFound
from gallery.usage.report import report
from tests.gallery.rows import make_image
from tests.gallery.trash import ago, expected, keep_file, make_post, make_thread, orphans, stored
from tests.races.race import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
ROUNDS = 12


@pytest.fixture(autouse=True)
def own_storage(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    monkeypatch.setattr(services, "_send", lambda task, *given: None)


def purge() -> Any:
    return purging.purge(before=purging.cutoff())


def test_what_is_restored_while_a_purge_runs_is_whole_or_gone(owner: User) -> None:
    kept = 0
    for _round in range(ROUNDS):
        post, thread = make_post(owner, days=31, images=2), make_thread(owner, days=31)
        at_once(
            [
                purge,
                partial(services.restore, user=owner, kind="post", id=post.pk),
                partial(services.restore, user=owner, kind="thread", id=thread.pk),
                purge,
            ]
        )
        for found in Post.objects.filter(pk=post.pk):
            assert found.deleted_at is None
            assert found.images.filter(deleted_at=None).count() == 2
            kept += 1
        for chat in Thread.objects.filter(pk=thread.pk):
            assert chat.deleted_at is None
            assert chat.messages.count() == 4
            kept += 1
        purge()
        assert orphans() == []
        assert stored() == expected()
    assert kept


def test_a_restore_that_is_under_way_is_waited_for_by_nobody_and_kept(owner: User) -> None:
    """Held open, so that the purge meets it for certain."""
    post, other = make_post(owner, days=31), make_post(owner, days=31)
    with transaction.atomic():
        Post.objects.select_for_update(no_key=True).get(pk=post.pk)
        tally = at_once([purge])[0]
        Post.objects.filter(pk=post.pk).update(deleted_at=None)
        GeneratedImage.objects.filter(post=post).update(deleted_at=None)

    assert tally.things == {"posts": 1}
    assert list(Post.objects.all()) == [post]
    assert not Post.objects.filter(pk=other.pk).exists()
    purge()
    assert stored() == expected() != set()


def test_control_without_the_lock_a_restored_post_would_go(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row is read, restored by somebody else, and then deleted."""
    post = make_post(owner, days=31)

    def unlocked(self: TrashedPosts, ids: list[uuid.UUID], *, wait: bool) -> list[Post]:
        found = list(self.deleted().filter(pk__in=ids))
        at_once([partial(editing.restore, user=owner, post_id=id) for id in ids])
        return found

    monkeypatch.setattr(TrashedPosts, "locked", unlocked)
    purge()

    assert not Post.objects.filter(pk=post.pk).exists()


def test_deleting_for_good_many_times_at_once_does_it_once(owner: User) -> None:
    post = make_post(owner, days=3, images=3)
    before = report(owner, month=None, measure="calls").total
    delete = partial(services.delete_for_good, user=owner, kind="post", id=post.pk)

    results = at_once([delete] * 6)

    assert results.count(None) == 1
    assert sum(isinstance(one, NotFound) for one in results) == 5
    assert report(owner, month=None, measure="calls").total == before
    assert not File.objects.exists()


def test_purges_at_once_share_the_work(owner: User) -> None:
    for _number in range(10):
        make_post(owner, days=31)
        make_thread(owner, days=31)
    before = report(owner, month=None, measure="calls").total

    tallies = at_once([purge] * 4)

    purge()
    assert sum(tally.things.total() for tally in tallies) == 20
    assert [tally.failed for tally in tallies] == [0] * 4
    assert report(owner, month=None, measure="calls").total == before
    assert orphans() == []
    assert stored() == set()


def test_a_file_that_is_attached_at_this_moment_stays(owner: User) -> None:
    """Both ways round: whoever attaches it first keeps it, else is told that it is gone."""
    for _round in range(ROUNDS):
        post = make_post(owner, days=31)
        file = post.images.get().file
        assert file
        thread = Thread.objects.create(owner=owner)
        message = Message.objects.create(thread=thread, role="user")

        def attach(message: Message = message, file: File = file) -> None:
            with transaction.atomic():
                Attachment.objects.create(
                    message=message, file=chosen(owner, [file.pk])[0], position=0
                )

        _tally, attached = at_once([purge, attach])

        assert not Post.objects.filter(pk=post.pk).exists()
        assert attached is None or isinstance(attached, FileGone), attached
        assert File.objects.filter(pk=file.pk).exists() == (attached is None)
        assert stored() == expected()


def test_an_attachment_that_is_not_committed_yet_keeps_its_file(owner: User) -> None:
    post = make_post(owner, days=31)
    file = post.images.get().file
    assert file
    thread = Thread.objects.create(owner=owner)
    with transaction.atomic():
        message = Message.objects.create(thread=thread, role="user")
        Attachment.objects.create(message=message, file=file, position=0)
        with connection.cursor() as cursor:  # the reference is checked now, and not at the end
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        (tally,) = at_once([purge])
    assert (tally.things["posts"], tally.files) == (1, 0)
    assert File.objects.filter(pk=file.pk).exists()
    assert stored() == expected() != set()


def test_bytes_that_come_again_meanwhile_are_there(owner: User) -> None:
    for _round in range(ROUNDS):
        file = keep_file(owner)
        text = uuid.uuid4().hex.encode()
        brought = files.upload(user=owner, file_id=uuid.uuid4(), name="a.txt", pieces=[text])
        Blob.objects.filter(pk=brought.blob_id).update(touched_at=ago(9))
        with transaction.atomic():
            _count, names = release([brought.pk, file.pk])
        again = partial(files.upload, user=owner, file_id=uuid.uuid4(), name="b.txt", pieces=[text])

        _removed, came = at_once([partial(remove_bytes, names), again])

        assert isinstance(came, File), came
        assert stored() == expected()
        assert came.blob.path in stored()


def test_a_message_is_restored_or_purged_as_a_whole(owner: User) -> None:
    for _round in range(ROUNDS):
        thread = make_thread(owner, messages=6)
        top = thread.messages.order_by("created_revision")[2]
        branches.delete(user=owner, thread_id=thread.pk, message_id=top.pk)
        Message.objects.filter(thread=thread, deleted_at__isnull=False).update(deleted_at=ago(31))

        at_once(
            [
                purge,
                partial(branches.restore, user=owner, thread_id=thread.pk, message_id=top.pk),
            ]
        )

        left = thread.messages.count()
        assert left in (2, 6)
        assert thread.messages.filter(deleted_at=None).count() == left
        thread_services.delete(user=owner, thread_id=thread.pk)
        services.delete_for_good(user=owner, kind="thread", id=thread.pk)


def test_an_image_brings_its_post_back_or_goes_with_it(owner: User) -> None:
    """Either way round, and whoever else deletes the post's last image at that moment."""
    for _round in range(ROUNDS):
        post = make_post(owner, days=31, images=2)
        image = make_image(post.exchanges.get(), file=keep_file(owner), deleted_at=ago(3))

        _purged, restored, _deleted = at_once(
            [
                purge,
                partial(services.restore, user=owner, kind="image", id=image.pk),
                partial(
                    editing.delete_image,
                    user=owner,
                    post_id=post.pk,
                    image_id=image.pk,
                    with_post=True,
                ),
            ]
        )

        left = Post.objects.filter(pk=post.pk).first()
        assert restored is None or isinstance(restored, NotFound), restored
        if left and not left.deleted_at:
            assert left.images.filter(deleted_at=None, pk=image.pk).exists()
        assert GeneratedImage.objects.filter(pk=image.pk).exists() == bool(left)
        Post.objects.all().delete()


def test_images_keep_to_their_posts(owner: User) -> None:
    """A post is deleted while one of its images is purged: it has the others, or is gone."""
    for _round in range(ROUNDS):
        post = make_post(owner, images=2)
        image = make_image(post.exchanges.get(), file=keep_file(owner), deleted_at=ago(31))

        at_once([purge, partial(editing.delete, user=owner, post_id=post.pk)])

        purge()
        assert not GeneratedImage.objects.filter(pk=image.pk).exists()
        services.restore(user=owner, kind="post", id=post.pk)
        assert post.images.filter(deleted_at=None).count() == 2
    assert kinds.listed()["image"].listed(owner).count() == 0
