"""What was measured, beside what it should be."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """`target` None: shown for orientation. `at_least`: more is better."""

    name: str
    value: float
    unit: str
    target: float | None = None
    at_least: bool = False

    @property
    def ok(self) -> bool | None:
        if self.target is None:
            return None
        return self.value >= self.target if self.at_least else self.value <= self.target


def median(values: Sequence[float]) -> float:
    return statistics.median(values) if values else float("nan")


def percentile(values: Sequence[float], percent: float) -> float:
    if not values:
        return float("nan")
    return sorted(values)[min(len(values) - 1, int(len(values) * percent / 100))]


def number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.3g}"


def table(figures: Sequence[Figure]) -> str:
    rows = [("figure", "measured", "target", "")]
    for figure in figures:
        sign = "≥" if figure.at_least else "≤"
        target = f"{sign} {number(figure.target)}" if figure.target is not None else ""
        verdict = {True: "ok", False: "over", None: ""}[figure.ok]
        if figure.ok is False and figure.at_least:
            verdict = "under"
        rows.append((figure.name, f"{number(figure.value)} {figure.unit}", target, verdict))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return "\n".join(
        f"{name:<{widths[0]}}  {value:>{widths[1]}}  {target:>{widths[2]}}  {verdict}".rstrip()
        for name, value, target, verdict in rows
    )
