"""A whole run of a post, by the demo's models and by models that fail."""

import asyncio
import uuid
from collections.abc import AsyncGenerator, Callable
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import User
from activity import counts, ledger
from activity.models import ConversationActivity, Generation, GenerationLock, State, TextChunk
from files.services import keep_result
from gallery import making, retrying, services, slots
from gallery.models import CaptionStatus, Exchange, ExchangeStatus, GeneratedImage, Post, Status
from providers.base import (
    Completed,
    Endpoint,
    ImageData,
    ImageRequest,
    ImageResult,
    RateLimited,
    RefusedContent,
    StreamCut,
    TextDelta,
    TextEvent,
    TextRequest,
    Usage,
)
from providers.demo.images import DemoImageProvider
from tests.gallery.posts import (
    create,
    images_of,
    make_claimed,
    make_finished,
    make_image_models,
    make_post,
    run_all,
    statuses,
    work,
)

pytestmark = pytest.mark.django_db(transaction=True)


def is_at_rest(post: Post) -> bool:
    """The lock is free, nothing is counted, and the ledger agrees."""
    activity = ConversationActivity.objects.get(post=post)
    assert (activity.active_count, activity.is_generating) == (0, False)
    assert not GenerationLock.objects.exists()
    assert not TextChunk.objects.exists()
    assert counts.reconcile_activity() == 0
    return True


@pytest.fixture
def written_by(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Have captions written as these texts, ending in an error or well."""

    def use(*texts: str, error: Exception | None = None, usage: Usage | None = None) -> None:
        class Provider:
            async def stream(self, request: TextRequest) -> AsyncGenerator[TextEvent, None]:
                for text in texts:
                    yield TextDelta(text)
                    await asyncio.sleep(0)
                if error is not None:
                    raise error
                yield Completed(usage or Usage(), "stop")

        monkeypatch.setattr(making, "text_provider", lambda endpoint, _: Provider())

    return use


def test_a_post_gets_a_caption_and_one_image_of_each_model(owner: User) -> None:
    post = make_finished(owner)

    assert post.status == Status.GENERATED
    assert "vases" in post.caption
    assert post.hashtags
    assert (post.pending_models, post.total_models) == (0, 3)
    images = images_of(post)
    assert [image.status for image in images] == ["ready"] * 3
    assert [image.model_name for image in images] == [m.name for m in make_image_models()]
    assert [image.is_selected for image in images] == [True, False, False]
    for image in images:
        assert image.file is not None
        assert (image.width, image.height) == (image.file.blob.width, image.file.blob.height)
        assert image.width is not None
        assert image.height is not None
        assert image.width < image.height
        assert image.seconds is not None
        assert image.prompt.startswith(post.prompt)
    exchange = post.exchanges.get()
    assert (exchange.status, exchange.caption_status) == ("completed", "ready")
    assert (exchange.caption, exchange.hashtags) == (post.caption, post.hashtags)
    assert Generation.objects.get().state == State.COMPLETED
    assert is_at_rest(post)


def test_costs_and_times_are_those_of_the_parts(
    owner: User, written_by: Any, drawn_by: Any
) -> None:
    written_by('{"caption": "Clay", "hashtags": []}', usage=Usage(10, 20, Decimal("0.002")))
    drawn_by(lambda *_: None)
    models = make_image_models(image_price=Decimal("0.04"))
    AI = models[0].__class__
    AI.objects.filter(pk__in=[m.pk for m in models]).update(image_price=Decimal("0.04"))

    post = make_finished(owner, models=models)

    exchange = post.exchanges.get()
    # The demo says that its images cost nothing, and what a provider says goes before prices.
    assert [image.cost for image in images_of(post)] == [Decimal(0)] * 3
    assert (exchange.caption_cost, exchange.cost) == (Decimal("0.002"), Decimal("0.002"))
    assert (exchange.prompt_tokens, exchange.completion_tokens) == (10, 20)
    assert (exchange.seconds or 0) > 0
    assert Post.objects.with_cost().get(pk=post.pk).cost == Decimal("0.002")  # type: ignore[attr-defined]
    assert Generation.objects.get().cost == Decimal("0.002")


def test_an_image_without_a_told_cost_costs_the_models_price(owner: User, drawn_by: Any) -> None:
    models = make_image_models("demo-shapes", image_price=Decimal("0.04"))
    picture = asyncio.run(
        DemoImageProvider(Endpoint("demo", "", "demo-shapes")).generate(ImageRequest("x"))
    )
    drawn_by(lambda *_: ImageResult(picture.image, Usage()))

    post = make_finished(owner, models=models)

    assert images_of(post)[0].cost == Decimal("0.04")
    assert post.exchanges.get().cost == Decimal("0.04")


def test_one_failing_model_says_why_and_can_be_tried_again(owner: User, drawn_by: Any) -> None:
    broken = True

    def draw(endpoint: Endpoint, request: ImageRequest) -> Any:
        if broken and endpoint.model == "demo-dunes":
            raise RateLimited("slow down")

    asked = drawn_by(draw)
    post = make_finished(owner)
    images = images_of(post)
    assert [image.status for image in images] == ["ready", "failed", "ready"]
    assert "too often" in images[1].error_sentence
    assert images[1].error_detail == "slow down"
    assert (post.status, post.pending_models) == (Status.GENERATED, 0)
    assert post.exchanges.get().status == ExchangeStatus.COMPLETED

    broken = False
    retrying.retry_image(user=owner, post_id=post.pk, image_id=images[1].pk, client_id=uuid.uuid4())
    assert Post.objects.get().status == Status.GENERATING_IMAGES
    post = run_all(post)

    assert statuses(post) == ["ready"] * 3
    assert asked.count("demo-dunes") == 2
    assert len(asked) == 4  # the others were not paid again
    assert is_at_rest(post)


def test_when_all_models_fail_the_caption_is_kept(owner: User, drawn_by: Any) -> None:
    def draw(endpoint: Endpoint, request: ImageRequest) -> Any:
        raise RefusedContent("no")

    drawn_by(draw)
    post = make_finished(owner)

    assert statuses(post) == ["failed"] * 3
    assert (post.status, bool(post.caption)) == (Status.GENERATED, True)
    assert is_at_rest(post)


def test_a_broken_adapter_fails_its_slot_only(owner: User, drawn_by: Any) -> None:
    def draw(endpoint: Endpoint, request: ImageRequest) -> Any:
        if endpoint.model == "demo-shapes":
            raise ZeroDivisionError

    drawn_by(draw)
    post = make_finished(owner)

    assert statuses(post) == ["failed", "ready", "ready"]
    assert images_of(post)[0].error_code == "internal"


def test_an_answer_that_is_no_image_fails_its_slot(owner: User, drawn_by: Any) -> None:
    drawn_by(
        lambda endpoint, _: (
            ImageResult(ImageData(b"not at all", "image/png"), Usage())
            if endpoint.model == "demo-shapes"
            else None
        )
    )
    post = make_finished(owner)

    images = images_of(post)
    assert (images[0].status, images[0].error_code) == ("failed", "no_image")
    assert [image.status for image in images[1:]] == ["ready", "ready"]


def test_an_image_that_cannot_be_opened_fails_its_slot_when_that_is_known(
    owner: User, drawn_by: Any
) -> None:
    broken = b"\x89PNG\r\n\x1a\n" + b"\0" * 100
    drawn_by(
        lambda endpoint, _: (
            ImageResult(ImageData(broken, "image/png"), Usage(cost=Decimal("0.1")))
            if endpoint.model == "demo-shapes"
            else None
        )
    )
    post = make_finished(owner)

    image = images_of(post)[0]
    assert (image.status, image.error_code, image.cost) == ("failed", "damaged", Decimal("0.1"))
    assert post.status == Status.GENERATED


def test_two_models_that_draw_the_same_are_both_ready(owner: User, drawn_by: Any) -> None:
    same = asyncio.run(
        DemoImageProvider(Endpoint("demo", "", "demo-shapes")).generate(ImageRequest("x"))
    )
    drawn_by(lambda *_: same)

    post = make_finished(owner)
    assert statuses(post) == ["ready"] * 3

    again = make_finished(owner)  # the bytes are known and opened
    assert statuses(again) == ["ready"] * 3


def test_a_caption_that_fails_ends_the_run(owner: User, written_by: Any, drawn_by: Any) -> None:
    asked = drawn_by(lambda *_: None)
    written_by('{"caption": "First li', error=StreamCut("gone"))
    post = make_finished(owner)

    assert post.status == Status.CAPTION_FAILED
    exchange = post.exchanges.get()
    assert (exchange.status, exchange.error_code) == (ExchangeStatus.FAILED, "stream_cut")
    assert exchange.caption == "First li"
    assert (post.caption, asked) == ("", [])
    assert statuses(post) == ["stopped"] * 3
    assert is_at_rest(post)

    written_by('{"caption": "First light", "hashtags": ["clay"]}')
    retrying.retry(user=owner, post_id=post.pk, client_id=uuid.uuid4())
    post = run_all(post)

    assert (post.status, post.caption, post.hashtags) == (
        Status.GENERATED, "First light", ["clay"],
    )  # fmt: skip
    assert statuses(post) == ["ready"] * 3
    assert is_at_rest(post)


def test_an_answer_without_a_caption_fails(owner: User, written_by: Any) -> None:
    written_by('{"hashtags": ["clay"]}')
    post = make_finished(owner)

    assert post.status == Status.CAPTION_FAILED
    assert post.exchanges.get().error_sentence == "The model answered without a caption."


def test_plain_text_does_as_well(owner: User, written_by: Any) -> None:
    written_by("First *light*.\n\n", "Come & see <us>.\n", "\n#clay #Hand_thrown")
    post = make_finished(owner)

    assert post.caption == "First *light*.\n\nCome & see <us>."
    assert post.hashtags == ["clay", "Hand_thrown"]


def test_a_model_that_was_deleted_meanwhile_fails_its_slot(owner: User) -> None:
    models = make_image_models()
    post = make_post(owner, models=models)
    models[1].delete()
    post = run_all(post)

    assert statuses(post) == ["ready", "failed", "ready"]
    assert images_of(post)[1].error_code == "model_gone"


def test_stopped_while_images_are_drawn_all_that_is_there_stays(owner: User, drawn_by: Any) -> None:
    post = make_post(owner)

    def draw(endpoint: Endpoint, request: ImageRequest) -> Any:
        return None

    drawn_by(draw)
    generation = ledger.claim(Generation.objects.get().pk, worker="test")
    assert generation is not None

    from gallery.captions import Caption
    from gallery.generation import MakingPost
    from gallery.slots import Spent

    work = MakingPost().prepare(generation)
    work.claim.save_caption(Caption("Clay", ["clay"]), Spent(1.0))
    work.claim.begin_drawing({slot.id: slot.request.prompt for slot in work.slots})
    picture = asyncio.run(
        DemoImageProvider(Endpoint("demo", "", "demo-shapes")).generate(ImageRequest("x"))
    )
    work.claim.keep_image(work.slots[0].id, "a.png", picture.image.content, Spent(2.0))

    assert services.stop(user=owner, post_id=post.pk)
    assert not services.stop(user=owner, post_id=post.pk)
    post = run_all(post)

    assert statuses(post) == ["ready", "stopped", "stopped"]
    assert (post.caption, post.status) == ("Clay", Status.STOPPED)
    with pytest.raises(ledger.Lost):  # what was under way comes too late
        work.claim.keep_image(work.slots[1].id, "b.png", picture.image.content, Spent(2.0))
    assert statuses(post) == ["ready", "stopped", "stopped"]
    assert is_at_rest(post)

    retrying.retry(user=owner, post_id=post.pk, client_id=uuid.uuid4())
    post = run_all(post)
    assert statuses(post) == ["ready"] * 3
    assert (post.caption, post.status) == ("Clay", Status.GENERATED)


def test_stopped_before_it_began(owner: User) -> None:
    post = make_post(owner)
    assert services.stop(user=owner, post_id=post.pk)
    post = run_all(post)

    assert (post.status, statuses(post)) == (Status.STOPPED, ["stopped"] * 3)
    assert post.exchanges.get().caption_status == CaptionStatus.STOPPED
    assert is_at_rest(post)


def test_the_caption_streams_as_plain_text(owner: User, written_by: Any) -> None:
    """What is shown while it is written is what is saved: nothing in it is a Markdown mark."""
    from activity.streaming.markdown import render
    from gallery.captions import as_markdown, from_markdown

    caption = "1. *Light* & <b>clay</b> #vases\n- $5 [x](y) `z` \\ _k_ :smile: http://a.bc"
    assert from_markdown(as_markdown(caption)) == caption
    html = render(as_markdown(caption), scope="x")
    assert html.count("<") == 2  # one paragraph, and nothing else
    assert "*Light*" in html


def test_a_second_delivery_does_nothing(owner: User, drawn_by: Any) -> None:
    asked = drawn_by(lambda *_: None)
    post = make_post(owner)
    generation = Generation.objects.get()
    run_all(post)
    work(generation)
    assert len(asked) == 3
    assert GeneratedImage.objects.count() == 3
    assert Exchange.objects.count() == 1


def test_a_claimed_post_is_not_begun_twice(owner: User) -> None:
    generation = make_claimed(owner)
    assert ledger.claim(generation.pk, worker="another") is None


def test_the_same_create_twice_is_one_post(owner: User) -> None:
    post_id = uuid.uuid4()
    first, second = create(owner, post_id=post_id), create(owner, post_id=post_id)
    assert (first.replayed, second.replayed) == (False, True)
    assert first.generation == second.generation
    assert Post.objects.count() == 1


def test_an_image_that_a_dead_worker_had_kept_is_not_asked_for_again(
    owner: User, drawn_by: Any
) -> None:
    asked = drawn_by(lambda *_: None)
    post = make_post(owner, models=make_image_models("demo-shapes", image_price=Decimal("0.04")))
    generation = Generation.objects.get()
    slot = images_of(post)[0]
    picture = asyncio.run(
        DemoImageProvider(Endpoint("demo", "", "demo-shapes")).generate(ImageRequest("x"))
    )
    keep_result(
        user=owner,
        file_id=slots.result_id(generation.pk, slot.pk),
        name="kept.png",
        content=picture.image.content,
    )

    post = run_all(post)

    assert asked == []
    image = images_of(post)[0]
    assert (image.status, image.cost) == ("ready", Decimal("0.04"))
