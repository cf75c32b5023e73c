"""Bars of a month, as shares of the drawing: the page draws them as SVG. Positions are texts such
as "12.50%", for the drawing to be of any size and its letters of one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import floor, log10

TICKS = 4  # at most, above the floor
TOP, FLOOR = 4.0, 90.0  # percent of the drawing
FILL = 0.72  # of a day's width
LABELLED = (1, 5, 10, 15, 20, 25, 30)


@dataclass(frozen=True, slots=True)
class Part:
    """What one model takes of a day's bar."""

    value: Decimal
    pigment: int


@dataclass(frozen=True, slots=True)
class Piece:
    y: str
    height: str
    pigment: int


@dataclass(frozen=True, slots=True)
class Bar:
    """One day: the pieces of its bar from the floor up. `label`: its number, where it is told."""

    day: date
    value: Decimal
    left: str
    width: str
    x: str
    bar_width: str
    middle: str
    label: str
    pieces: Sequence[Piece]


@dataclass(frozen=True, slots=True)
class Tick:
    value: Decimal
    y: str


@dataclass(frozen=True, slots=True)
class Chart:
    bars: Sequence[Bar]
    ticks: Sequence[Tick]
    floor: str


def draw(days: Sequence[tuple[date, Sequence[Part]]], *, whole: bool) -> Chart | None:
    """None where there is nothing to draw. `whole`: values are counted, so ticks are too."""
    highest = float(max((_sum(parts) for _, parts in days), default=0))
    if highest <= 0:
        return None
    step = tick_step(highest, whole=whole)
    count = int(highest / float(step) + 1e-9)
    ticks = [Tick(step * n, _y(float(step) * n, highest)) for n in range(1, count + 1)]
    width = 100 / len(days)
    bars = [_bar(day, parts, i * width, width, highest) for i, (day, parts) in enumerate(days)]
    return Chart(bars, ticks, _percent(FLOOR))


def tick_step(highest: float, *, whole: bool) -> Decimal:
    """1, 2 or 5 times a power of ten, so that few of them reach the highest value."""
    rough = highest / TICKS
    power = Decimal(10) ** floor(log10(rough))
    step = next(power * n for n in (1, 2, 5, 10) if float(power * n) >= rough * (1 - 1e-9))
    return max(step, Decimal(1)) if whole else step


def _bar(day: date, parts: Sequence[Part], left: float, width: float, top: float) -> Bar:
    pieces, below = [], 0.0
    for part in parts:
        if part.value > 0:
            height = (FLOOR - TOP) * float(part.value) / top
            below += height
            pieces.append(Piece(_percent(FLOOR - below), _percent(height), part.pigment))
    return Bar(
        day=day,
        value=_sum(parts),
        left=_percent(left),
        width=_percent(width),
        x=_percent(left + width * (1 - FILL) / 2),
        bar_width=_percent(width * FILL),
        middle=_percent(left + width / 2),
        label=str(day.day) if day.day in LABELLED else "",
        pieces=pieces,
    )


def _sum(parts: Sequence[Part]) -> Decimal:
    return sum((part.value for part in parts), Decimal(0))


def _y(value: float, top: float) -> str:
    return _percent(FLOOR - (FLOOR - TOP) * value / top)


def _percent(value: float) -> str:
    return f"{value:.3f}%"
