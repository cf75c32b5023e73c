"""A month's usage as its page shows it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from gallery.usage.amounts import NOTHING, Amount, total
from gallery.usage.chart import Chart, Part, draw
from gallery.usage.months import Month, month_of
from gallery.usage.reading import Row, first_month, rows
from providers.models import AIModel

MEASURES: dict[str, Callable[[Amount], Decimal | int]] = {
    "cost": lambda amount: amount.cost or 0,
    "tokens": lambda amount: amount.tokens,
    "images": lambda amount: amount.images,
    "calls": lambda amount: amount.calls,
}
WORKS = {
    "answer": gettext_lazy("Chat answers"),
    "caption": gettext_lazy("Captions"),
    "image": gettext_lazy("Images"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a table. `pigment` 0: no model's."""

    name: str
    amount: Amount
    pigment: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """`earlier`, `later`: the months beside it that can be gone to. `chart` None: nothing of the
    measure is known."""

    month: Month
    measure: str
    total: Amount
    models: Sequence[Line]
    works: Sequence[Line]
    days: Sequence[tuple[date, Amount]]
    chart: Chart | None
    earlier: Month | None
    later: Month | None


def report(user: User, *, month: Month | None, measure: str) -> Report:
    """The month that is asked for, as far as there can be one, and else the present one."""
    present = month_of(timezone.now())
    first = min(first_month(user) or present, present)
    month = min(max(month or present, first), present)
    found = rows(user, month)
    names = _names(found)
    lines = _by_model(found, names)
    whole = total(line.amount for line in lines)
    if measure not in MEASURES:
        measure = "cost" if whole.cost else "calls"
    days = _by_day(found, month)
    return Report(
        month=month,
        measure=measure,
        total=whole,
        models=lines,
        works=_by_work(found),
        days=[(day, amount) for day, amount in days if amount.calls],
        chart=_chart(found, names, lines, month, measure),
        earlier=month.previous if month > first else None,
        later=month.next if month < present else None,
    )


# A model of the table: its id, or its remembered name.
Key = tuple[UUID | None, str]


def _key(row: Row) -> Key:
    return row.model_id, "" if row.model_id else row.name


def _names(found: Iterable[Row]) -> dict[Key, tuple[str, int]]:
    """Name and pigment of every model that was asked."""
    models = AIModel.objects.in_bulk({row.model_id for row in found if row.model_id})
    names = {}
    for row in found:
        model = models.get(row.model_id) if row.model_id else None
        if model:
            names[_key(row)] = model.name, model.pigment
        else:
            names[_key(row)] = row.name or _("A removed model"), 0
    return names


def _by_model(found: Iterable[Row], names: dict[Key, tuple[str, int]]) -> list[Line]:
    """What cost most comes first."""
    sums: dict[Key, Amount] = defaultdict(lambda: NOTHING)
    for row in found:
        sums[_key(row)] += row.amount
    lines = [Line(names[key][0], amount, names[key][1]) for key, amount in sums.items()]
    return sorted(lines, key=lambda line: (-(line.amount.cost or 0), -line.amount.calls, line.name))


def _by_work(found: Iterable[Row]) -> list[Line]:
    sums: dict[str, Amount] = defaultdict(lambda: NOTHING)
    for row in found:
        sums[row.work] += row.amount
    return [Line(str(name), sums[work]) for work, name in WORKS.items() if work in sums]


def _by_day(found: Iterable[Row], month: Month) -> list[tuple[date, Amount]]:
    sums = dict.fromkeys(month.days, NOTHING)
    for row in found:
        sums[row.day] += row.amount
    return list(sums.items())


def _chart(
    found: Iterable[Row],
    names: dict[Key, tuple[str, int]],
    lines: Sequence[Line],
    month: Month,
    measure: str,
) -> Chart | None:
    """Bars of models in the table's order, the first at the bottom."""
    order = {(line.name, line.pigment): place for place, line in enumerate(lines)}
    values: dict[date, dict[int, Decimal]] = {day: defaultdict(Decimal) for day in month.days}
    for row in found:
        place = order[names[_key(row)]]
        values[row.day][place] += MEASURES[measure](row.amount)
    days = [
        (day, [Part(value, lines[place].pigment) for place, value in sorted(parts.items())])
        for day, parts in values.items()
    ]
    return draw(days, whole=measure != "cost")
