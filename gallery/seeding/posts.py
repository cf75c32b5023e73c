"""Made-up posts with their exchanges and images, written by COPY."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from activity.copying import copy
from files.models import File
from gallery.images import GeneratedImage, ImageKind, ImageStatus
from gallery.models import CaptionStatus, Exchange, ExchangeStatus, Post, Project, Status
from gallery.seeding.pictures import pictures
from gallery.seeding.texts import text
from providers.models import AIModel

BATCH = 20_000  # images a transaction
YEARS = 2
MOST = 4  # images of a post
EDITED, IN_PROJECT = 0.15, 0.4
PROJECTS = ("Spring collection", "Glaze notes", "Feira de domingo", "Studio diary")


@dataclass(slots=True)
class Batch:
    posts: list[Post] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)
    images: list[GeneratedImage] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Studio:
    """What the posts are made of."""

    user: User
    files: Mapping[str, Sequence[File]]
    models: Sequence[AIModel | None]
    projects: Sequence[Project]
    now: datetime


def seed(*, user: User, images: int, chance: int = 1) -> Iterator[int]:
    """Make posts with so many images together, the same ones for the same `chance` save their ids
    and dates; yields how many images there are so far."""
    studio = Studio(
        user,
        pictures(user, images, chance),
        list(AIModel.objects.available().image()) or [None],
        [Project.objects.get_or_create(owner=user, name=name)[0] for name in PROJECTS],
        timezone.now(),
    )
    yield from write(studio, images, chance)


def write(studio: Studio, images: int, chance: int = 1) -> Iterator[int]:
    dice = random.Random(chance)  # noqa: S311
    made = number = 0
    while made < images:
        batch = Batch()
        while len(batch.images) < min(BATCH, images - made):
            missing = images - made - len(batch.images)
            number += 1
            _post(batch, studio, dice, number, min(missing, dice.randint(1, MOST)))
        _save(batch)
        made += len(batch.images)
        yield made


def _post(batch: Batch, studio: Studio, dice: random.Random, number: int, count: int) -> None:
    age = YEARS * dice.random() ** 2  # more lately than long ago
    at = studio.now - timedelta(days=365 * age, minutes=5)
    said = text(dice, number, is_old=age > YEARS / 2)
    is_edited = dice.random() < EDITED
    ratio = dice.choice(sorted(studio.files))
    post = Post(
        owner=studio.user,
        project=dice.choice(studio.projects) if dice.random() < IN_PROJECT else None,
        prompt=said.prompt,
        aspect_ratio=ratio,
        caption=said.caption,
        hashtags=said.hashtags,
        status=Status.EDITED if is_edited else Status.GENERATED,
        total_models=count,
        revision=1,
        shown_revision=1,
        created_at=at,
        updated_at=at,
    )
    exchange = Exchange(
        post=post,
        owner=studio.user,
        number=1,
        status=ExchangeStatus.COMPLETED,
        caption_status=CaptionStatus.READY,
        caption=said.caption,
        hashtags=said.hashtags,
        cost=Decimal("0.001"),
        caption_cost=Decimal("0.001"),
        caption_seconds=1.5,
        seconds=8.0,
        revision=1,
        created_at=at,
    )
    batch.posts.append(post)
    batch.exchanges.append(exchange)
    for position in range(count):
        image = _image(studio, dice, post, position)
        image.exchange = exchange
        image.kind = ImageKind.EDITED if is_edited else ImageKind.GENERATED
        batch.images.append(image)


def _image(studio: Studio, dice: random.Random, post: Post, position: int) -> GeneratedImage:
    model = dice.choice(studio.models)
    file = dice.choice(studio.files[post.aspect_ratio])
    return GeneratedImage(
        owner=studio.user,
        post=post,
        position=position,
        model=model,
        model_name=model.name if model else "Demo Shapes",
        prompt=post.prompt,
        aspect_ratio=post.aspect_ratio,
        resolution="1K",
        status=ImageStatus.READY,
        file=file,
        width=file.blob.width,
        height=file.blob.height,
        seconds=dice.uniform(2, 20),
        cost=Decimal("0.04"),
        is_selected=position == 0,
        revision=1,
        created_at=post.created_at + timedelta(milliseconds=position),
    )


@transaction.atomic
def _save(batch: Batch) -> None:
    for exchange, pk in zip(batch.exchanges, _numbers(len(batch.exchanges)), strict=True):
        exchange.pk = pk
    for image in batch.images:
        image.exchange_id = image.exchange.pk
    copy(Post, batch.posts)
    copy(Exchange, batch.exchanges, numbered=True)
    copy(GeneratedImage, batch.images)


def _numbers(count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [Exchange._meta.db_table, count],
        )
        return [row[0] for row in cursor.fetchall()]
