"""Posts put into a project by their images, and moved back."""

import uuid
from typing import Any

import pytest

from accounts.models import User
from gallery import editing, tasks
from gallery.batches import services, work
from gallery.batches.models import Batch, BatchState
from gallery.batches.refusals import NoUndo
from gallery.batches.sentences import told
from gallery.models import Post
from gallery.projects import services as projects
from gallery.refusals import NoProject
from tests.gallery.batches import begin, everything, images
from tests.gallery.rows import make_post, make_project

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("sent")]


def test_a_project_gets_the_posts_of_the_images(
    owner: User, stranger: User, told_of: list[tuple[str, Any]]
) -> None:
    project, other = make_project(owner), make_project(owner, "Glaze notes")
    moved, there = make_post(owner, images=3, project=other), make_post(owner, project=project)
    theirs = make_post(stranger)
    asked = [*images(moved)[:2], *images(there, theirs)]

    batch = begin(owner, asked, kind="project", project_id=project.pk)

    assert (batch.done, batch.posts, batch.gone) == (3, 1, 1)
    assert told(batch) == "1 post added to Spring collection. 1 was gone already."
    assert {image.project_id for image in images(moved)} == {project.pk}
    assert images(theirs)[0].project_id is None
    assert Post.objects.get(pk=moved.pk).revision == 1
    assert Post.objects.get(pk=there.pk).revision == 0
    assert (f"post:{moved.pk}", 1) in [
        (name, event["revision"]) for name, event in told_of if "revision" in event
    ]


def test_undo_moves_posts_back_to_where_they_were(owner: User) -> None:
    project, other, third = (make_project(owner, name) for name in ("New", "Old", "Third"))
    of_other, of_none, there = make_post(owner, project=other), make_post(owner), make_post(owner)
    Post.objects.filter(pk=there.pk).update(project=project)
    gone, elsewhere = make_post(owner, project=other), make_post(owner)
    asked = images(of_other, of_none, there, gone, elsewhere)
    batch = begin(owner, asked, kind="project", project_id=project.pk)
    assert batch.posts == 4
    assert batch.can_be_undone
    editing.delete(user=owner, post_id=gone.pk)
    Post.objects.filter(pk=elsewhere.pk).update(project=third)

    for _again in range(2):
        undone = services.undo(user=owner, batch_id=batch.pk)
        assert told(undone) == "3 posts moved back. 1 was moved or deleted since."

    places = {post.pk: post.project_id for post in Post.objects.all()}
    assert places == {
        of_other.pk: other.pk, of_none.pk: None, there.pk: project.pk, gone.pk: other.pk,
        elsewhere.pk: third.pk,
    }  # fmt: skip
    assert {image.project_id for image in images(of_other)} == {other.pk}
    assert not undone.can_be_undone


def test_what_was_moved_before_a_stop_moves_back(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "PORTION", 2)
    monkeypatch.setattr(work, "AT_ONCE_SECONDS", -1.0)
    project = make_project(owner)
    posts = [make_post(owner) for _ in range(6)]
    batch = begin(owner, images(*posts), kind="project", project_id=project.pk)
    assert batch.is_under_way
    services.stop(user=owner, batch_id=batch.pk)
    assert Post.objects.filter(project=project).count() == 2

    services.undo(user=owner, batch_id=batch.pk)
    while Batch.objects.under_way().exists():
        tasks.run_batch(str(batch.pk))

    assert not Post.objects.filter(project=project).exists()
    batch.refresh_from_db()
    assert (batch.restored, told(batch)) == (2, "2 posts moved back.")


@pytest.mark.parametrize("kind", ["delete", "project"])
def test_an_undoing_that_was_stopped_can_go_on(
    owner: User, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    project = make_project(owner)
    posts = [make_post(owner) for _ in range(6)]
    batch = begin(owner, images(*posts), kind=kind, project_id=project.pk)
    monkeypatch.setattr(work, "PORTION", 2)
    monkeypatch.setattr(work, "AT_ONCE_SECONDS", -1.0)
    batch = services.undo(user=owner, batch_id=batch.pk)
    assert (batch.restored, batch.can_be_undone) == (2, False)
    batch = services.stop(user=owner, batch_id=batch.pk)
    assert batch.can_be_undone

    services.undo(user=owner, batch_id=batch.pk)
    while Batch.objects.under_way().exists():
        tasks.run_batch(str(batch.pk))

    batch.refresh_from_db()
    assert (batch.restored, batch.can_be_undone) == (6, False)
    assert Post.objects.visible_to(owner).filter(project=None).count() == 6


def test_a_download_cannot_be_undone(owner: User) -> None:
    batch = begin(owner, images(make_post(owner)), kind="download")
    with pytest.raises(NoUndo):
        services.undo(user=owner, batch_id=batch.pk)


def test_a_project_in_the_trash_takes_nothing(owner: User, stranger: User) -> None:
    post, project = make_post(owner), make_project(owner)
    theirs = make_project(stranger)
    for wrong in (None, uuid.uuid4(), theirs.pk):
        with pytest.raises(NoProject):
            begin(owner, images(post), kind="project", project_id=wrong)
    projects.delete(user=owner, project_id=project.pk)
    with pytest.raises(NoProject):
        begin(owner, images(post), kind="project", project_id=project.pk)
    assert not Batch.objects.exists()


def test_a_project_that_goes_to_the_trash_meanwhile_ends_the_batch(owner: User) -> None:
    make_post(owner, caption="A tram", images=2)
    project = make_project(owner)
    batch = begin(owner, everything(q="tram"), kind="project", project_id=project.pk)
    projects.delete(user=owner, project_id=project.pk)

    tasks.run_batch(str(batch.pk))

    batch.refresh_from_db()
    assert batch.state == BatchState.FAILED
    assert told(batch).startswith("The project is not there any more. 0 posts added")
    assert not Post.objects.exclude(project=None).exists()
