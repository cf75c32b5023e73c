"""Server time of a month's usage, of home and of a project, for somebody with a great deal of
work: a month must not cost more for what lies in other months."""

from collections.abc import Iterator
from typing import Any

from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import User
from bench.figures import Figure, median, percentile
from bench.pages import visits
from gallery.models import Project
from providers.models import AIModel

MONTHS = 24

CALLS = """
INSERT INTO activity_generation (id, kind, state, user_id, model_id, idempotency_key,
    request_digest, epoch, attempt, worker, created_at, sent_at, error_code, error_detail,
    prompt_tokens, completion_tokens, cost)
SELECT gen_random_uuid(), 'chat.answer', 'completed', %(owner)s, %(model)s, gen_random_uuid(),
    '', 1, 1, '', at, at, '', '', 900, 300, CASE WHEN n %% 9 = 0 THEN NULL ELSE 0.0042 END
FROM generate_series(1, %(count)s) n,
    LATERAL (SELECT %(until)s - n * (%(months)s * interval '30 days') / %(count)s AS at) moment
"""
POSTS = """
WITH posts AS (
    INSERT INTO gallery_post (id, owner_id, project_id, prompt, tone, language, aspect_ratio,
        resolution, caption, hashtags, status, pending_models, total_models, version, revision,
        shown_revision, created_at, updated_at)
    SELECT gen_random_uuid(), %(owner)s, %(project)s, 'Vases', '', '', '4:5', '1K', 'Vases.',
        '{}', 'generated', 0, 3, 1, 1, 1, at, at
    FROM generate_series(1, %(count)s) n,
        LATERAL (SELECT %(until)s - n * (%(months)s * interval '30 days') / %(count)s AS at) moment
    RETURNING id, owner_id, created_at
), exchanges AS (
    INSERT INTO gallery_exchange (post_id, owner_id, number, kind, instruction, status,
        caption_status, caption, hashtags, text_model_id, text_model_name, caption_cost,
        prompt_tokens, completion_tokens, error_code, error_detail, cost, revision, created_at)
    SELECT id, owner_id, 1, 'create', '', 'completed', 'ready', 'Vases.', '{}', %(model)s,
        'Model', 0.001, 300, 100, '', '', 0.1, 1, created_at
    FROM posts
    RETURNING id, post_id, owner_id, created_at
)
INSERT INTO gallery_generatedimage (id, owner_id, post_id, exchange_id, position, model_id,
    model_name, prompt, aspect_ratio, resolution, status, cost, error_code, error_detail,
    is_selected, is_shown, revision, created_at)
SELECT gen_random_uuid(), owner_id, post_id, id, position, %(model)s, 'Model', 'Vases', '4:5',
    '1K', 'ready', 0.03, '', '', position = 0, true, 1, created_at
FROM exchanges, generate_series(0, 2) position
"""


def measure(*, calls: int) -> Iterator[Figure]:
    """`calls`: chat answers of one person in two years, with a tenth as many posts of three
    images. Somebody else did as much a month, for a month."""
    long, short = (User.objects.create(email=f"usage{n}@example.com") for n in (MONTHS, 1))
    fill(long, calls, MONTHS)
    fill(short, calls // MONTHS, 1)
    name = f"{calls:,} calls, {calls // 10:,} posts"
    for page in ("usage", "home", "project"):
        times, queries = of(long, page)
        yield Figure(f"{page}, {name}: server time p95", percentile(times, 95), "ms", 60)
        yield Figure(f"{page}, {name}: queries", queries, "", 15)
        growth = median(times) / median(of(short, page)[0])
        yield Figure(f"{page}: {MONTHS} months of work against one", growth, "x", 1.5)


def of(owner: User, page: str) -> tuple[list[float], int]:
    browser = Client(headers={"host": "localhost"})
    browser.force_login(owner)
    project = Project.objects.get(owner=owner)
    paths = {"usage": "/settings/usage/", "home": "/", "project": f"/projects/{project.pk}/"}
    return visits(browser, paths[page])


def fill(owner: User, calls: int, months: int) -> None:
    values: dict[str, Any] = {
        "owner": owner.pk,
        "project": Project.objects.create(owner=owner, name="Spring collection").pk,
        "model": AIModel.objects.text().values_list("pk", flat=True)[0],
        "until": timezone.now(),
        "months": months,
    }
    with connection.cursor() as cursor:
        cursor.execute(CALLS, values | {"count": calls})
        cursor.execute(POSTS, values | {"count": calls // 10})
        cursor.execute("VACUUM ANALYZE")
