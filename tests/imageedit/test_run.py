"""A turn of an edit conversation, by the demo's models and by models that fail."""

import uuid
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import User
from activity import counts, ledger
from activity.models import ConversationActivity, Generation, GenerationLock, State
from files.models import File
from gallery import editing
from gallery.images import GeneratedImage
from gallery.lineage import lineage_of
from gallery.models import Post, Status
from gallery.refusals import ImageGone, NoImageModel, NothingToRetry, RequestChanged
from imageedit import services
from imageedit.generation import EditingImage
from imageedit.models import EditConversation, Output, TurnStatus
from imageedit.refusals import Busy, CannotEdit, NoReference, NotFound
from providers.base import Endpoint, ImageRequest, ImageResult, RefusedContent, Usage
from tests.gallery.posts import develop, make_image_models, work
from tests.imageedit.edits import (
    TEXT,
    last_turn,
    make_conversation,
    make_finished_edit,
    make_source,
    outputs_of,
    run_all,
    send,
    start,
    statuses,
)

pytestmark = pytest.mark.django_db(transaction=True)


def is_at_rest(conversation: EditConversation) -> bool:
    """The lock is free, nothing is counted, and the ledger agrees."""
    activity = ConversationActivity.objects.get(edit=conversation)
    assert (activity.active_count, activity.is_generating) == (0, False)
    assert not GenerationLock.objects.exists()
    assert counts.reconcile_activity() == 0
    return True


def test_each_output_becomes_a_post_with_the_caption_of_the_first(owner: User) -> None:
    source = make_source(owner)
    editing.edit_caption(
        user=owner, post_id=source.post_id, caption="Three vases.\nAt home.", hashtags="clay"
    )

    conversation = make_finished_edit(owner, source=source)

    assert conversation.title == TEXT
    assert (conversation.turn_count, conversation.instruction) == (1, TEXT)
    assert statuses(conversation) == ["ready", "ready"]
    for output in outputs_of(conversation):
        image = output.image
        assert image is not None
        assert output.file is None
        assert (image.kind, image.status) == ("edited", "ready")
        assert image.file is not None
        assert (image.width, image.height) == (image.file.blob.width, image.file.blob.height)
        assert (image.aspect_ratio, image.model) == (source.aspect_ratio, output.model)
        assert image.is_selected
        post = image.post
        assert post.status == Status.EDITED
        assert (post.caption, post.hashtags) == ("Three vases.\nAt home.", ["clay"])
        assert (post.parent, post.prompt, image.prompt) == (source.post, source.post.prompt, TEXT)
        assert [one.file for one in post.exchanges.get().attachments.all()] == [source.file]
        assert output.sent == 1
    turn = last_turn(conversation)
    assert turn.status == TurnStatus.COMPLETED
    assert [one.image for one in turn.references.all()] == [source]
    assert set(GeneratedImage.objects.in_gallery().filter(kind="edited")) == {
        output.image for output in outputs_of(conversation)
    }
    assert Generation.objects.get(edit=conversation).state == State.COMPLETED
    assert is_at_rest(conversation)


def test_what_was_made_is_changed_again_to_any_depth(owner: User) -> None:
    conversation = make_finished_edit(owner)
    first = outputs_of(conversation)

    send(owner, conversation)
    conversation = run_all(conversation)

    assert (conversation.turn_count, conversation.instruction) == (2, "Softer light")
    second = outputs_of(conversation)
    references = last_turn(conversation).references.all()
    assert [one.image for one in references] == [one.image for one in first]
    assert first[0].image
    assert {one.image.post.parent for one in second if one.image} == {first[0].image.post}
    assert conversation.title == TEXT

    again = make_finished_edit(owner, source=second[0].image)
    (deepest, _) = outputs_of(again)
    assert deepest.image
    post = deepest.image.post
    found = lineage_of(owner, post)
    assert [work.post for work in found.ancestors] == [
        second[0].image.post if second[0].image else None,
        first[0].image.post,
        conversation.source.post if conversation.source else None,
    ]
    assert [(link.id, link.is_origin) for link in found.conversations] == [(again.pk, True)]
    assert second[0].image
    between = lineage_of(owner, second[0].image.post)
    assert post in [work.post for work in between.children]
    assert [(link.id, link.is_origin) for link in between.conversations] == [
        (conversation.pk, True),
        (again.pk, False),
    ]
    editing.delete(user=owner, post_id=first[0].image.post_id)
    assert first[0].image.post not in [one.post for one in lineage_of(owner, post).ancestors]


def test_the_caption_of_an_edited_post_is_its_own(owner: User) -> None:
    conversation = make_finished_edit(owner)
    one, other = outputs_of(conversation)
    assert one.image
    assert other.image
    editing.edit_caption(user=owner, post_id=one.image.post_id, caption="Sage", hashtags="")

    assert Post.objects.get(pk=other.image.post_id).caption != "Sage"
    assert Post.objects.get(pk=one.image.post_id).caption == "Sage"
    assert Post.objects.get(pk=one.image.post_id).status == Status.EDITED


def test_a_model_is_sent_no_more_references_than_it_takes(owner: User, drawn_by: Any) -> None:
    taken: dict[str, int] = {}

    def draw(endpoint: Endpoint, request: ImageRequest) -> None:
        taken[endpoint.model] = len(request.references)

    drawn_by(draw)
    source = make_source(owner)
    others = [image.file_id for image in source.post.images.exclude(pk=source.pk)]
    few, many = make_image_models("few", max_references=1), make_image_models("demo-many")

    conversation = make_finished_edit(owner, source=source, models=[*few, *many], file_ids=others)

    assert taken["few"] == 1
    assert taken["demo-many"] == 3
    assert [output.sent for output in outputs_of(conversation)] == [1, 3]
    assert last_turn(conversation).references.count() == 3


def test_one_that_fails_says_why_and_is_tried_again_alone(owner: User, drawn_by: Any) -> None:
    broken, source = True, make_source(owner)

    def draw(endpoint: Endpoint, request: ImageRequest) -> None:
        if endpoint.model == "demo-shapes" and broken:
            raise RefusedContent("no")

    asked = drawn_by(draw)
    conversation = make_finished_edit(owner, source=source)
    lost, made = outputs_of(conversation)
    assert (lost.status, lost.error_code, lost.image) == ("failed", "refused", None)
    assert lost.error_sentence
    assert made.status == "ready"
    assert last_turn(conversation).status == TurnStatus.COMPLETED
    with pytest.raises(NothingToRetry):
        services.retry(
            user=owner,
            conversation_id=conversation.pk,
            client_id=uuid.uuid4(),
            output_id=made.pk,
        )

    broken = False
    asked.clear()
    key = uuid.uuid4()
    retry = {"user": owner, "conversation_id": conversation.pk, "client_id": key}
    services.retry(**retry, output_id=lost.pk)
    run_all(conversation)

    assert services.retry(**retry, output_id=lost.pk).replayed
    assert asked == ["demo-shapes"]
    assert statuses(conversation) == ["ready", "ready"]
    assert is_at_rest(conversation)


def test_of_two_turns_that_lost_something_the_one_that_was_meant_is_tried_again(
    owner: User, drawn_by: Any
) -> None:
    source = make_source(owner)

    def draw(endpoint: Endpoint, request: ImageRequest) -> None:
        raise RefusedContent("no")

    asked = drawn_by(draw)
    conversation = make_finished_edit(owner, source=source)
    send(owner, conversation, file_ids=[source.file_id])
    run_all(conversation)
    asked.clear()

    services.retry(user=owner, conversation_id=conversation.pk, client_id=uuid.uuid4(), number=1)

    first, last = conversation.turns.order_by("number")
    assert (first.status, last.status) == (TurnStatus.RUNNING, TurnStatus.FAILED)
    run_all(conversation)
    assert len(asked) == 2
    with pytest.raises(NothingToRetry):
        services.retry(
            user=owner, conversation_id=conversation.pk, client_id=uuid.uuid4(), number=3
        )


def test_when_all_fail_the_turn_says_so_and_no_post_is_made(owner: User, drawn_by: Any) -> None:
    source = make_source(owner)
    posts = Post.objects.count()

    def draw(endpoint: Endpoint, request: ImageRequest) -> None:
        raise RefusedContent("no")

    drawn_by(draw)

    conversation = make_finished_edit(owner, source=source)

    assert statuses(conversation) == ["failed", "failed"]
    assert last_turn(conversation).status == TurnStatus.FAILED
    assert Post.objects.count() == posts
    assert is_at_rest(conversation)


def test_costs_are_those_of_the_outputs(owner: User, drawn_by: Any) -> None:
    source = make_source(owner)

    def draw(endpoint: Endpoint, request: ImageRequest) -> ImageResult:
        return ImageResult(request.references[0], Usage(cost=Decimal("0.04")))

    drawn_by(draw)

    conversation = make_finished_edit(owner, source=source)

    assert last_turn(conversation).cost == Decimal("0.08")
    assert [one.image.cost for one in outputs_of(conversation) if one.image] == [
        Decimal("0.04")
    ] * 2


def test_a_stop_keeps_what_is_there(owner: User) -> None:
    conversation = make_conversation(owner)

    assert services.stop(user=owner, conversation_id=conversation.pk)

    assert statuses(conversation) == ["stopped", "stopped"]
    assert last_turn(conversation).status == TurnStatus.STOPPED
    assert not services.stop(user=owner, conversation_id=conversation.pk)
    assert is_at_rest(conversation)
    services.retry(user=owner, conversation_id=conversation.pk, client_id=uuid.uuid4())
    run_all(conversation)
    assert statuses(conversation) == ["ready", "ready"]


def test_while_a_turn_runs_another_is_refused(owner: User) -> None:
    conversation = make_conversation(owner)
    source = conversation.source
    assert source

    with pytest.raises(Busy):
        send(owner, conversation, file_ids=[source.file_id])

    assert conversation.turns.count() == 1


def test_a_wish_that_comes_twice_is_one(owner: User, stranger: User) -> None:
    source = make_source(owner)
    asked = start(owner, source)
    conversation = asked.generation.edit
    assert conversation

    again = start(owner, source, conversation_id=conversation.pk)
    assert again.replayed
    assert again.generation == asked.generation
    with pytest.raises(RequestChanged):
        start(owner, source, conversation_id=conversation.pk, text="Another")
    with pytest.raises(NotFound):
        start(stranger, make_source(stranger), conversation_id=conversation.pk)
    run_all(conversation)
    key = uuid.uuid4()
    send(owner, conversation, client_id=key)
    files = [one.file_id for one in last_turn(conversation).references.all()]
    assert send(owner, conversation, client_id=key, file_ids=files).replayed
    assert conversation.turns.count() == 2


def test_what_cannot_be_asked_leaves_nothing(owner: User, stranger: User) -> None:
    source = make_source(owner)
    (painter,) = make_image_models("painter", image_edit=False)
    with pytest.raises(CannotEdit):
        start(owner, source, models=[painter])
    with pytest.raises(NoImageModel):
        start(owner, source, model_ids=[])
    with pytest.raises(ImageGone):
        start(stranger, source)
    assert not EditConversation.objects.exists()

    conversation = make_finished_edit(owner, source=source)
    with pytest.raises(NoReference):
        send(owner, conversation, file_ids=[])
    with pytest.raises(NotFound):
        send(stranger, conversation, file_ids=[source.file_id])
    assert conversation.turns.count() == 1


def test_a_worker_that_dies_loses_only_what_was_under_way(owner: User, drawn_by: Any) -> None:
    """Its first image is kept, the row says nothing of it: it is not asked for again."""
    conversation = make_conversation(owner)
    asked = drawn_by(lambda endpoint, request: None)
    generation = Generation.objects.get(edit=conversation)
    work(generation)
    first = outputs_of(conversation)[0]
    file = first.file
    assert asked
    assert file is not None
    Output.objects.filter(pk=first.pk).update(status="drawing", file=None)
    Generation.objects.filter(pk=generation.pk).update(state=State.QUEUED)
    GenerationLock.objects.create(generation=generation, edit=conversation)
    asked.clear()

    work(Generation.objects.get(pk=generation.pk))
    develop()

    assert asked == []
    assert statuses(conversation) == ["ready", "ready"]
    one = outputs_of(conversation)[0].image
    assert one
    assert one.file == file


def test_who_wakes_too_late_saves_nothing(owner: User) -> None:
    conversation = make_conversation(owner)
    claimed = ledger.claim(Generation.objects.get(edit=conversation).pk, worker="w")
    assert claimed
    job = EditingImage().prepare(claimed)
    services.stop(user=owner, conversation_id=conversation.pk)

    with pytest.raises(ledger.Lost):
        job.claim.fail_image(job.slots[0].id, "late")

    assert statuses(conversation) == ["stopped", "stopped"]


def test_a_conversation_in_the_trash_keeps_its_posts(owner: User, stranger: User) -> None:
    conversation = make_finished_edit(owner)
    with pytest.raises(NotFound):
        services.delete(user=stranger, conversation_id=conversation.pk)

    services.delete(user=owner, conversation_id=conversation.pk)
    services.delete(user=owner, conversation_id=conversation.pk)

    assert not EditConversation.objects.visible_to(owner).exists()
    assert GeneratedImage.objects.in_gallery().filter(kind="edited").count() == 2
    with pytest.raises(NotFound):
        send(owner, conversation)
    services.restore(user=owner, conversation_id=conversation.pk)
    assert EditConversation.objects.visible_to(owner).exists()


def test_deleting_one_that_works_stops_it(owner: User) -> None:
    conversation = make_conversation(owner)

    services.delete(user=owner, conversation_id=conversation.pk)

    assert Generation.objects.get(edit=conversation).state == State.STOPPED
    assert is_at_rest(conversation)


def test_only_the_image_points_to_the_file(owner: User) -> None:
    """So that an image that is deleted for good is gone."""
    conversation = make_finished_edit(owner)
    output = outputs_of(conversation)[0]
    assert output.image
    file = File.objects.get(pk=output.image.file_id)

    pointing = [
        relation.get_accessor_name()
        for relation in File._meta.related_objects
        if getattr(file, relation.get_accessor_name() or "").exists()
    ]

    assert pointing == ["generated_images"]
