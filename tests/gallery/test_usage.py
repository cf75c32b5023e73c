"""What a month cost: exact sums, and no zero where nobody knows."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from activity.models import State
from gallery.images import ImageStatus
from gallery.models import CaptionStatus, Post, Status
from gallery.usage.chart import Part, draw, tick_step
from gallery.usage.months import Month, read_month
from gallery.usage.report import Report, report
from providers.models import AIModel
from tests.contracts.html import parse
from tests.factories import make_model
from tests.gallery.rows import make_call, make_exchange, make_image, make_image_model

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
NOVEMBER = Month(2026, 11)


@pytest.fixture(autouse=True)
def at_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW)


def of(user: User, month: Month | None = NOVEMBER, measure: str = "cost") -> Report:
    return report(user, month=month, measure=measure)


def by_name(found: Report) -> dict[str, Any]:
    return {line.name: line.amount for line in found.models}


def bare_post(owner: User, at: datetime) -> Post:
    return Post.objects.create(owner=owner, prompt="x", status=Status.GENERATED, created_at=at)


def test_sums_are_exact_and_by_model(owner: User, model: AIModel) -> None:
    other = make_model("demo-echo")
    for cost in ("0.10", "0.20", "0.00000001"):
        make_call(
            owner, NOW, model=model, cost=Decimal(cost), prompt_tokens=10, completion_tokens=5
        )
    make_call(owner, NOW, model=other, cost=Decimal("0.5"), prompt_tokens=7)

    found = of(owner)

    assert found.total.cost == Decimal("0.80000001")
    assert [line.name for line in found.models] == [other.name, model.name]  # the dearest first
    amount = by_name(found)[model.name]
    assert (amount.calls, amount.prompt_tokens, amount.completion_tokens) == (3, 30, 15)
    assert amount.cost == Decimal("0.30000001")


def test_a_cost_that_nobody_told_is_unknown_and_not_nothing(
    owner: User, model: AIModel, browser: Client
) -> None:
    make_call(owner, NOW, model=model, cost=None, prompt_tokens=10)

    assert of(owner).total.cost is None
    page = parse(browser.get("/settings/usage/").content.decode())
    assert "$0.00" not in page.text
    assert "unknown" in page.text
    assert "The cost of 1 call is not known" in " ".join(page.text.split())

    make_call(owner, NOW, model=model, cost=Decimal("1.5"))
    assert (of(owner).total.cost, of(owner).total.unknown) == (Decimal("1.5"), 1)
    text = " ".join(parse(browser.get("/settings/usage/").content.decode()).text.split())
    assert "at least $1.50" in text


def test_a_call_that_is_known_to_cost_nothing_costs_nothing(
    owner: User, model: AIModel, browser: Client
) -> None:
    make_call(owner, NOW, model=model, cost=Decimal(0))

    assert (of(owner).total.cost, of(owner).total.unknown) == (Decimal(0), 0)
    assert "$0.00" in parse(browser.get("/settings/usage/").content.decode()).text


def test_all_kinds_of_work_are_counted_once(owner: User, model: AIModel) -> None:
    shapes = make_image_model(name="Shapes")
    make_call(owner, NOW, model=model, cost=Decimal(1), prompt_tokens=1, completion_tokens=1)
    make_call(owner, NOW, kind="gallery.post", model=model, cost=Decimal(99))  # of both below
    exchange = make_exchange(
        bare_post(owner, NOW),
        text_model=model,
        caption_cost=Decimal(2),
        cost=Decimal(99),
        prompt_tokens=20,
        completion_tokens=30,
        created_at=NOW,
    )
    make_image(exchange, model=shapes, model_name="Shapes", cost=Decimal(4))
    make_image(exchange, model=shapes, model_name="Shapes", cost=Decimal(8), deleted_at=NOW)

    found = of(owner)

    assert found.total.cost == 15
    assert (found.total.calls, found.total.images, found.total.tokens) == (4, 2, 52)
    assert by_name(found)[model.name].cost == 3
    works = {line.name: (line.amount.calls, line.amount.cost) for line in found.works}
    assert works == {"Chat answers": (1, 1), "Captions": (1, 2), "Images": (2, 12)}


def test_what_failed_is_a_call_and_no_image(owner: User) -> None:
    shapes = make_image_model(name="Shapes")
    exchange = make_exchange(bare_post(owner, NOW), caption_status=CaptionStatus.NOT_ASKED)
    for status in ImageStatus.values:
        make_image(exchange, model=shapes, model_name="Shapes", status=status)

    amount = by_name(of(owner))["Shapes"]

    # Not the one that waits, is being drawn, or was stopped before anybody was asked.
    assert (amount.calls, amount.images, amount.unknown) == (3, 2, 3)


def test_what_is_still_written_is_not_counted(owner: User, model: AIModel) -> None:
    make_call(owner, NOW, model=model, state=State.RUNNING)
    make_call(owner, NOW, model=model, state=State.QUEUED)
    make_exchange(bare_post(owner, NOW), caption_status=CaptionStatus.WAITING, text_model=model)

    assert of(owner).total.calls == 0


def test_months_and_days_are_the_readers(owner: User, model: AIModel) -> None:
    late = datetime(2026, 11, 1, 1, tzinfo=UTC)  # still October in the Americas
    make_call(owner, late, model=model, cost=Decimal(1))

    assert [day for day, _ in of(owner).days] == [date(2026, 11, 1)]
    with timezone.override(ZoneInfo("America/Sao_Paulo")):
        assert of(owner).total.calls == 0
        found = of(owner, Month(2026, 10))
        assert [(day, amount.cost) for day, amount in found.days] == [(date(2026, 10, 31), 1)]
        assert found.earlier is None  # it is the month of the first call
        assert found.later == NOVEMBER


def test_a_month_begins_and_ends_at_its_midnights(owner: User, model: AIModel) -> None:
    with timezone.override(ZoneInfo("America/New_York")):  # the clock is changed in it
        start, end = NOVEMBER.start, NOVEMBER.end
        assert (end - start) == timedelta(days=30)
        assert end.astimezone(UTC) - start.astimezone(UTC) == timedelta(days=30, hours=1)
        for at in (start - timedelta(seconds=1), start, end - timedelta(seconds=1), end):
            make_call(owner, at.astimezone(UTC), model=model, cost=Decimal(1))
        assert of(owner).total.calls == 2


def test_a_captions_calls_are_in_the_month_of_its_run(owner: User, model: AIModel) -> None:
    make_call(owner, NOW - timedelta(days=40), model=model)
    post = bare_post(owner, NOW - timedelta(days=40))
    make_exchange(post, text_model=model, created_at=NOW, caption_cost=Decimal(3))

    assert of(owner).total.cost == 3
    assert of(owner, Month(2026, 10)).total.cost is None


def test_other_peoples_work_is_not_in_it(owner: User, stranger: User, model: AIModel) -> None:
    make_call(stranger, NOW, model=model, cost=Decimal(1))
    exchange = make_exchange(bare_post(stranger, NOW), caption_cost=Decimal(1))
    make_image(exchange, model_name="x", cost=Decimal(1))

    assert of(owner).total.calls == 0
    assert of(stranger).total.calls == 3


def test_removed_models_stay_in_the_sums(owner: User, model: AIModel) -> None:
    make_call(owner, NOW, model=model, cost=Decimal(1))
    exchange = make_exchange(bare_post(owner, NOW), caption_status=CaptionStatus.NOT_ASKED)
    make_image(exchange, model=None, model_name="Old Brush", cost=Decimal(2))
    AIModel.objects.all().delete()

    assert {name: amount.cost for name, amount in by_name(of(owner)).items()} == {
        "A removed model": 1,
        "Old Brush": 2,
    }


@pytest.mark.parametrize(
    ("slug", "month"),
    [
        ("2026-11", NOVEMBER),
        ("2026-01", Month(2026, 1)),
        ("2026-13", None),
        ("2026-00", None),
        ("0000-01", None),
        ("9999-12", None),
        ("٢٠٢٦-11", None),
        ("2026-11\n", None),
        ("<script>", None),
        ("", None),
    ],
)
def test_a_month_is_read_from_an_address(slug: str, month: Month | None) -> None:
    assert read_month(slug) == month


def test_months_follow_each_other() -> None:
    month, seen = Month(2025, 12), []
    for _ in range(3):
        seen.append(month.slug)
        assert month.next.previous == month
        month = month.next
    assert seen == ["2025-12", "2026-01", "2026-02"]
    assert len(Month(2028, 2).days) == 29


@pytest.mark.parametrize("query", ["month=1999-01", "month=2030-01", "month=x&by=x", "by=tokens"])
def test_any_address_shows_a_month(
    query: str, owner: User, model: AIModel, browser: Client
) -> None:
    make_call(owner, NOW, model=model)
    response = browser.get(f"/settings/usage/?{query}")

    assert response.status_code == 200
    assert "November 2026" in response.content.decode()


@pytest.mark.parametrize("cost", ["0", "0.00000001", "0.004", "0.05", "0.5", "12", "98765.4321"])
def test_any_cost_is_drawn(cost: str, owner: User, model: AIModel, browser: Client) -> None:
    make_call(owner, NOW, model=model, cost=Decimal(cost))
    for measure in ("cost", "tokens", "images", "calls"):
        response = browser.get("/settings/usage/", {"by": measure})
        assert response.status_code == 200


def test_a_month_without_work_says_so(browser: Client) -> None:
    assert "Nothing in November 2026" in browser.get("/settings/usage/").content.decode()


def test_the_page_asks_few_questions(owner: User, model: AIModel, browser: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            browser.get("/settings/usage/")
        return len(captured)

    def work(number: int) -> None:
        other, at = make_model(f"model-{number}"), NOW - timedelta(days=number)
        make_call(owner, at, model=other, cost=Decimal(1))
        make_image(make_exchange(bare_post(owner, at), created_at=at), model=other, model_name="x")

    work(0)
    few = queries()
    for number in range(1, 12):
        work(number)

    assert queries() == few
    assert few <= 13


# --- The drawing --------------------------------------------------------------------------------


def day(number: int) -> date:
    return date(2026, 11, number)


def share(text: str) -> float:
    return float(text.removesuffix("%"))


def test_bars_stand_on_the_floor_and_reach_their_values() -> None:
    days = [
        (day(1), [Part(Decimal(1), 1), Part(Decimal(3), 2)]),
        (day(2), []),
        (day(3), [Part(Decimal(2), 1)]),
    ]

    chart = draw(days, whole=True)

    assert chart is not None
    first, empty, third = chart.bars
    assert empty.pieces == []
    floor = share(chart.floor)
    bottom, upper = first.pieces
    assert share(bottom.y) + share(bottom.height) == pytest.approx(floor, abs=0.01)
    assert share(upper.y) + share(upper.height) == pytest.approx(share(bottom.y), abs=0.01)
    assert share(upper.height) == pytest.approx(3 * share(bottom.height), abs=0.01)
    tick = next(tick for tick in chart.ticks if tick.value == 2)
    assert share(third.pieces[0].y) == pytest.approx(share(tick.y), abs=0.01)


@pytest.mark.parametrize("highest", [0.0000001, 0.003, 0.5, 1, 3, 7, 12, 99, 100, 1234, 9_999_999])
def test_lines_are_few_and_round(highest: float) -> None:
    step = tick_step(highest, whole=False)
    assert str(step.normalize().scaleb(-step.normalize().adjusted())) in {"1", "2", "5"}
    assert 1.6 <= highest / float(step) <= 4.0001
    assert tick_step(highest, whole=True) >= 1


def test_nothing_is_drawn_of_nothing() -> None:
    assert draw([(day(1), [])], whole=True) is None
    assert draw([], whole=True) is None
