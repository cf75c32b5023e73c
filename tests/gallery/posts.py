"""Posts as tests make them, and a run of one in this process."""

import time
import uuid
from typing import Any

from accounts.models import User
from activity import ledger
from activity.generation import run
from activity.models import Generation
from activity.worker import current_worker
from files.models import Blob, State
from files.opening import open_file
from gallery import services
from gallery.asking import Asked
from gallery.images import GeneratedImage
from gallery.models import Post
from gallery.services import Wish
from providers.models import AIModel, Kind
from tests.factories import make_model

DEMO = ("demo-shapes", "demo-dunes", "demo-watercolour")
PROMPT = "Three stoneware vases by a plaster wall"


def make_image_models(*slugs: str, **fields: Any) -> list[AIModel]:
    """Image models of the demo provider, which can change images."""
    values = {"kind": Kind.IMAGE, "image_edit": True, "max_references": 4} | fields
    return [make_model(slug, **values) for slug in slugs or DEMO]


def create(user: User, **fields: Any) -> Asked:
    """As the page does: the post's id is its key too."""
    post_id = fields.pop("post_id", None) or uuid.uuid4()
    client_id = fields.pop("client_id", None) or post_id
    models = fields.pop("models", None)
    if models is None:
        models = make_image_models()
    wish = {"prompt": PROMPT, "aspect_ratio": "4:5", "model_ids": [one.pk for one in models]}
    return services.create(
        user=user, post_id=post_id, client_id=client_id, wish=Wish(**(wish | fields))
    )


def make_post(user: User, **fields: Any) -> Post:
    """A post whose creation is queued."""
    post = create(user, **fields).generation.post
    assert post is not None
    return post


def make_claimed(user: User, **fields: Any) -> Generation:
    """The creation of a post that a worker has claimed."""
    claimed = ledger.claim(create(user, **fields).generation.pk, worker="test")
    assert claimed is not None
    return claimed


def run_all(post: Post) -> Post:
    """Do all of the workers' work for a post: its generation, then the images."""
    for generation in Generation.objects.in_flight().filter(post=post):
        work(generation)
    develop()
    return Post.objects.get(pk=post.pk)


def work(generation: Generation) -> None:
    """The generate worker's part, in this process. Nothing here renews leases, and without that
    a worker soon publishes nothing and waits."""
    current_worker().flusher.resume(time.monotonic())
    run(generation.pk)


def develop() -> None:
    """The media worker's part."""
    for sha256 in Blob.objects.filter(state=State.WAITING).values_list("pk", flat=True):
        open_file(sha256)


def make_finished(user: User, **fields: Any) -> Post:
    return run_all(make_post(user, **fields))


def images_of(post: Post) -> list[GeneratedImage]:
    return list(post.images.shown())


def statuses(post: Post) -> list[str]:
    return [image.status for image in images_of(post)]
