"""Refining, regenerating, going back and forth, and what is done by hand."""

import uuid
from typing import Any

import pytest

from accounts.models import User
from activity.models import ConversationActivity, Generation, GenerationLock, RefusedSend
from gallery import editing, making, prompts
from gallery.models import ExchangeStatus, Post, Project, Status
from gallery.refusals import (
    BadShape,
    BadTone,
    Busy,
    EmptyInstruction,
    EmptyPrompt,
    FileGone,
    ImageGone,
    ImageNotReady,
    NoImageModel,
    NoProject,
    NotFound,
    NothingAsked,
    NothingToRetry,
    NoVersion,
    RequestChanged,
    TooLong,
    TooManyModels,
    UnknownModel,
)
from gallery.retrying import retry
from gallery.services import refine, regenerate, stop
from providers.base import ImageRequest, ImageResult, Unavailable
from tests.gallery.posts import (
    create,
    images_of,
    make_finished,
    make_image_models,
    make_post,
    run_all,
    statuses,
)

pytestmark = pytest.mark.django_db(transaction=True)


def refined(user: User, post: Post, text: str = "Warmer light", **fields: Any) -> Post:
    refine(user=user, post_id=post.pk, client_id=uuid.uuid4(), text=text, **fields)
    return run_all(post)


def go_to(user: User, post: Post, number: int) -> Post:
    editing.go_to_version(user=user, post_id=post.pk, number=number)
    return Post.objects.get(pk=post.pk)


def ids(post: Post) -> list[uuid.UUID]:
    return [image.pk for image in images_of(post)]


def test_a_refinement_makes_another_version_and_loses_nothing(owner: User) -> None:
    first = make_finished(owner)
    before, caption = ids(first), first.caption

    second = refined(owner, first)

    assert second.version == 2
    assert second.caption != caption
    assert statuses(second) == ["ready"] * 3
    assert not set(ids(second)) & set(before)
    exchange = second.exchanges.get(number=2)
    assert (exchange.kind, exchange.instruction, exchange.based_on) == ("refine", "Warmer light", 1)
    assert "Change: Warmer light" in images_of(second)[0].prompt

    back = go_to(owner, second, 1)
    assert (back.caption, ids(back), back.version) == (caption, before, 1)
    assert [image.is_selected for image in images_of(back)] == [True, False, False]
    forth = go_to(owner, back, 2)
    assert (forth.caption, ids(forth)) == (second.caption, ids(second))


def test_words_and_choices_of_a_version_stay_with_it(owner: User) -> None:
    post = make_finished(owner)
    editing.edit_caption(user=owner, post_id=post.pk, caption="My words", hashtags="#own, tag")
    last = images_of(post)[2]
    editing.select_image(user=owner, post_id=post.pk, image_id=last.pk)
    post = refined(owner, post)
    assert images_of(post)[0].is_selected

    post = go_to(owner, post, 1)

    assert (post.caption, post.hashtags) == ("My words", ["own", "tag"])
    assert [image.is_selected for image in images_of(post)] == [False, False, True]
    # What the model had written is still with its exchange.
    assert post.exchanges.get(number=1).caption != "My words"


def test_a_refinement_of_the_caption_leaves_the_images(owner: User) -> None:
    post = make_finished(owner)
    before = ids(post)

    post = refined(owner, post, wants_images=False)

    assert ids(post) == before
    assert post.exchanges.get(number=2).images.count() == 0
    assert post.status == Status.GENERATED


def test_a_refinement_of_the_images_leaves_the_caption(owner: User) -> None:
    post = make_finished(owner)
    caption = post.caption

    post = refined(owner, post, wants_caption=False)

    assert post.caption == caption
    assert post.exchanges.get(number=2).caption_status == ""
    assert statuses(post) == ["ready"] * 3


def test_the_selected_image_goes_along_to_be_changed(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    original = making.image_provider

    def watched(endpoint: Any, sessions: Any) -> Any:
        provider = original(endpoint, sessions)

        class Watching:
            async def generate(self, request: ImageRequest) -> ImageResult:
                seen.append(0)
                return await provider.generate(request)

            async def edit(self, request: ImageRequest) -> ImageResult:
                seen.append(len(request.references))
                return await provider.edit(request)

        return Watching()

    monkeypatch.setattr(making, "image_provider", watched)
    post = make_finished(owner)
    chosen = images_of(post)[1]
    editing.select_image(user=owner, post_id=post.pk, image_id=chosen.pk)
    post = refined(owner, post)

    assert seen == [0, 0, 0, 1, 1, 1]
    assert post.exchanges.get(number=2).files == [chosen.file]


def test_another_version_of_the_same_differs(owner: User) -> None:
    post = make_finished(owner)
    before = {image.file.blob_id for image in images_of(post) if image.file}

    regenerate(user=owner, post_id=post.pk, client_id=uuid.uuid4())
    post = run_all(post)

    after = {image.file.blob_id for image in images_of(post) if image.file}
    assert not before & after
    assert (post.version, post.status) == (2, Status.GENERATED)


def test_one_image_is_made_anew_in_its_place(owner: User) -> None:
    post = make_finished(owner)
    before = images_of(post)
    model = before[1].model
    assert model is not None

    regenerate(
        user=owner,
        post_id=post.pk,
        client_id=uuid.uuid4(),
        wants_caption=False,
        model_ids=[model.pk],
    )
    post = run_all(post)

    after = images_of(post)
    assert [image.model_name for image in after] == [image.model_name for image in before]
    assert [a.pk == b.pk for a, b in zip(after, before, strict=True)] == [True, False, True]
    assert ids(go_to(owner, post, 1)) == [image.pk for image in before]


def test_a_caption_by_hand_is_not_written_over_by_trying_again(owner: User) -> None:
    post = make_post(owner)
    stop(user=owner, post_id=post.pk)
    editing.edit_caption(user=owner, post_id=post.pk, caption="Mine", hashtags="")
    retry(user=owner, post_id=post.pk, client_id=uuid.uuid4())

    post = run_all(post)

    assert (post.caption, statuses(post)) == ("Mine", ["ready"] * 3)
    with pytest.raises(NothingToRetry):
        retry(user=owner, post_id=post.pk, client_id=uuid.uuid4())


def test_a_refinement_of_which_nothing_comes_gives_way(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = make_finished(owner)
    before, caption = ids(post), post.caption

    class Broken:
        def stream(self, request: Any) -> Any:
            raise Unavailable("away")

    with monkeypatch.context() as patched:
        patched.setattr(making, "text_provider", lambda *_: Broken())
        post = refined(owner, post)

    assert (post.version, post.caption, ids(post)) == (1, caption, before)
    assert post.status == Status.GENERATED
    exchange = post.exchanges.get(number=2)
    assert (exchange.status, exchange.error_code) == (ExchangeStatus.FAILED, "unavailable")

    retry(user=owner, post_id=post.pk, client_id=uuid.uuid4())
    assert Post.objects.get().version == 2
    post = run_all(post)
    assert post.version == 2
    assert statuses(post) == ["ready"] * 3
    assert post.caption != caption
    post = go_to(owner, post, 1)
    assert (post.caption, ids(post)) == (caption, before)


def test_a_second_request_waits_its_turn(owner: User) -> None:
    post = make_post(owner)

    for ask in (refine, regenerate):
        extra = {"text": "More"} if ask is refine else {}
        with pytest.raises(Busy):
            ask(user=owner, post_id=post.pk, client_id=uuid.uuid4(), **extra)
    with pytest.raises(Busy):
        retry(user=owner, post_id=post.pk, client_id=uuid.uuid4())
    assert (Generation.objects.count(), GenerationLock.objects.count()) == (1, 1)
    assert ConversationActivity.objects.get().active_count == 1
    assert RefusedSend.objects.get().count == 3
    assert post.exchanges.count() == 1


def test_the_same_request_twice_is_one(owner: User) -> None:
    post = make_finished(owner)
    key = uuid.uuid4()
    first = refine(user=owner, post_id=post.pk, client_id=key, text="More")
    second = refine(user=owner, post_id=post.pk, client_id=key, text="More")

    assert second.replayed
    assert first.generation == second.generation
    with pytest.raises(RequestChanged):
        refine(user=owner, post_id=post.pk, client_id=key, text="Less")
    with pytest.raises(RequestChanged):
        create(owner, post_id=post.pk, prompt="Another", client_id=uuid.uuid4())


def test_strangers_find_nothing(owner: User, stranger: User) -> None:
    post = make_finished(owner)
    image = images_of(post)[0]
    key = uuid.uuid4()
    of_post = {"user": stranger, "post_id": post.pk}
    for act in (
        lambda: create(stranger, post_id=post.pk),
        lambda: refine(**of_post, client_id=key, text="x"),
        lambda: regenerate(**of_post, client_id=key),
        lambda: retry(**of_post, client_id=key),
        lambda: stop(**of_post),
        lambda: editing.edit_caption(**of_post, caption="x", hashtags=""),
        lambda: editing.select_image(**of_post, image_id=image.pk),
        lambda: editing.delete_image(**of_post, image_id=image.pk),
        lambda: editing.go_to_version(**of_post, number=1),
        lambda: editing.delete(**of_post),
        lambda: editing.restore(**of_post),
    ):
        with pytest.raises(NotFound):
            act()
    assert Post.objects.get().revision == post.revision


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"prompt": "  "}, EmptyPrompt),
        ({"prompt": "x" * 20_001}, TooLong),
        ({"models": []}, NoImageModel),
        ({"model_ids": [uuid.uuid4()]}, UnknownModel),
        ({"model_ids": [uuid.uuid4() for _ in range(9)]}, TooManyModels),
        ({"aspect_ratio": "7:1"}, BadShape),
        ({"resolution": "8K"}, BadShape),
        ({"tone": "grim"}, BadTone),
        ({"project_id": uuid.uuid4()}, NoProject),
        ({"file_ids": [uuid.uuid4()]}, FileGone),
        ({"text_model_id": uuid.uuid4()}, UnknownModel),
    ],
)
def test_what_cannot_be_made_leaves_nothing(
    owner: User, fields: dict[str, Any], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal) as raised:
        create(owner, **fields)

    assert raised.value.sentence()  # type: ignore[attr-defined]
    assert not Post.objects.exists()
    assert not Generation.objects.exists()


def test_what_is_left_open_is_the_projects_to_say(owner: User) -> None:
    models = make_image_models()
    project = Project.objects.create(
        owner=owner, name="Kiln", tone="bold", aspect_ratio="9:16", resolution="2K",
        language="Portuguese", audience="Potters", hashtags=["kiln"],
    )  # fmt: skip
    project.image_models.set(models[1:])

    post = make_post(owner, project_id=project.pk, models=[], aspect_ratio="")

    assert (post.tone, post.aspect_ratio, post.resolution) == ("bold", "9:16", "2K")
    assert [image.model for image in images_of(post)] == models[1:]
    told = prompts.caption_messages(post, post.exchanges.get(), [])[0].text
    for words in ("Tone: bold", "Potters", "kiln", "Write in Portuguese"):
        assert words in told


def test_an_instruction_must_say_something(owner: User) -> None:
    post = make_finished(owner)
    with pytest.raises(EmptyInstruction):
        refined(owner, post, " ")
    with pytest.raises(NothingAsked):
        refined(owner, post, wants_caption=False, wants_images=False)
    with pytest.raises(NothingToRetry):
        retry(user=owner, post_id=post.pk, client_id=uuid.uuid4())
    with pytest.raises(NoVersion):
        go_to(owner, post, 2)


def test_a_deleted_image_is_out_of_all_and_comes_back(owner: User) -> None:
    post = make_finished(owner)
    first = images_of(post)[0]
    editing.delete_image(user=owner, post_id=post.pk, image_id=first.pk)
    editing.delete_image(user=owner, post_id=post.pk, image_id=first.pk)

    post = Post.objects.get()
    assert post.total_models == 2
    assert [image.is_selected for image in images_of(post)] == [True, False]
    with pytest.raises(ImageGone):
        editing.select_image(user=owner, post_id=post.pk, image_id=first.pk)

    editing.restore_image(user=owner, post_id=post.pk, image_id=first.pk)
    assert len(images_of(post)) == 3


def test_an_image_in_the_making_is_neither_selected_nor_deleted(owner: User) -> None:
    post = make_post(owner)
    image = images_of(post)[0]
    with pytest.raises(ImageNotReady):
        editing.select_image(user=owner, post_id=post.pk, image_id=image.pk)
    with pytest.raises(Busy):
        editing.delete_image(user=owner, post_id=post.pk, image_id=image.pk)
    with pytest.raises(Busy):
        editing.edit_caption(user=owner, post_id=post.pk, caption="x", hashtags="")


def test_the_trash_takes_a_post_with_its_images_and_gives_them_back(owner: User) -> None:
    post = make_finished(owner)
    gone, *others = images_of(post)
    editing.delete_image(user=owner, post_id=post.pk, image_id=gone.pk)

    editing.delete(user=owner, post_id=post.pk)
    editing.delete(user=owner, post_id=post.pk)
    assert not Post.objects.visible_to(owner).exists()
    assert not post.images.shown().exists()
    assert not post.images.in_gallery().exists()

    editing.restore(user=owner, post_id=post.pk)
    editing.restore(user=owner, post_id=post.pk)
    post = Post.objects.visible_to(owner).get()
    assert images_of(post) == others


def test_a_post_in_the_trash_is_made_no_more(owner: User) -> None:
    post = make_post(owner)
    editing.delete(user=owner, post_id=post.pk)

    assert not Generation.objects.in_flight().exists()
    assert ConversationActivity.objects.get().active_count == 0
    editing.restore(user=owner, post_id=post.pk)
    post = Post.objects.get()
    assert (post.status, statuses(post)) == (Status.STOPPED, ["stopped"] * 3)


def test_a_caption_by_hand_mends_a_post_without_one(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken:
        def stream(self, request: Any) -> Any:
            raise Unavailable("away")

    monkeypatch.setattr(making, "text_provider", lambda *_: Broken())
    post = make_finished(owner)
    assert post.status == Status.CAPTION_FAILED

    editing.edit_caption(user=owner, post_id=post.pk, caption="Mine", hashtags="a #b a")

    post = Post.objects.get()
    assert (post.status, post.caption, post.hashtags) == (Status.GENERATED, "Mine", ["a", "b"])


def test_each_change_takes_a_revision_and_no_change_takes_none(owner: User) -> None:
    post = make_finished(owner)
    first = images_of(post)[0]
    same = [
        editing.edit_caption(
            user=owner, post_id=post.pk, caption=post.caption, hashtags=" ".join(post.hashtags)
        ),
        editing.select_image(user=owner, post_id=post.pk, image_id=first.pk),
        editing.go_to_version(user=owner, post_id=post.pk, number=1),
    ]
    assert same == [post.revision] * 3
    changed = editing.edit_caption(user=owner, post_id=post.pk, caption="Other", hashtags="")
    assert changed == post.revision + 1
