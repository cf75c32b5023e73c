"""What is measured. Each scenario is a load on a running studio, and the figures of it."""

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from bench import posts, rows
from bench.figures import Figure, median, percentile
from bench.host import load
from bench.load import Plan, Report
from bench.processes import Meter, Reading
from bench.tab import BUCKET, order_of

WINDOWS = 3  # a streaming scenario is measured in so many parts, of which the median counts


@dataclass(frozen=True)
class Size:
    """How large each scenario is. Rates are tokens per second of one answer."""

    users: int  # of the main streaming scenario
    tokens: int
    rate: int
    delay_users: int
    most_users: int
    whole_users: int
    whole_tokens: int
    filler: int
    posts: int  # made at once

    @property
    def streaming(self) -> str:
        return f"mock-{self.tokens}-{self.rate}"

    @property
    def short(self) -> str:
        return f"mock-{self.tokens // 3}-{self.rate}"

    @property
    def whole(self) -> str:
        return f"mock-{self.whole_tokens}-{self.rate}"

    @property
    def models(self) -> list[str]:
        return sorted({self.streaming, self.short, self.whole})


FULL = Size(100, 750, 50, 50, 300, 200, 500, 1_000_000, 50)
QUICK = Size(20, 300, 50, 10, 30, 20, 100, 20_000, 8)
TINY = Size(3, 90, 30, 3, 4, 4, 30, 12_000, 2)


@dataclass
class Bench:
    """A studio that runs, and the figures of the scenarios that ran before on it."""

    base: str
    meter: Meter
    size: Size
    floor: float  # CPU seconds per 1,000 tokens of the relay

    def plan(self, model: str, users: int, ramp: float) -> Plan:
        return Plan(
            base=self.base,
            sessions=rows.sessions(users),
            model=rows.model_id(model),
            tokens=int(model.split("-")[1]),
            ramp=ramp,
        )


def cost(readings: list[Reading], report: Report) -> tuple[float, dict[str, float]]:
    """CPU seconds per 1,000 delivered tokens while every answer ran, in all and by role: the
    median of equal parts of that time."""
    if len(readings) < 2:
        return math.nan, {}
    step = max(1, (len(readings) - 1) // WINDOWS)
    parts: list[dict[str, float]] = []
    for start in range(0, len(readings) - step, step):
        first, last = readings[start], readings[start + step]
        words = delivered(report, first.at, last.at)
        used = last.since(first)
        parts.append({role: 1000 * value / max(1, words) for role, value in used.items()})
    parts.sort(key=lambda part: sum(part.values()))
    middle = parts[len(parts) // 2]
    return sum(middle.values()), middle


def delivered(report: Report, start: float, end: float) -> float:
    """Tokens that arrived between two times; a bucket that is cut counts by its part."""
    total = 0.0
    for bucket, words in report.buckets.items():
        left, right = bucket * BUCKET, (bucket + 1) * BUCKET
        total += words * max(0.0, min(right, end) - max(left, start)) / BUCKET
    return total


def not_whole(title: str, report: Report, tokens: int) -> Figure:
    """How many answers lack a word, or have one twice, on the page or in the database."""
    on_pages = report.users - report.whole
    words = list(range(tokens))
    saved = sum(order_of(text) == words for text in rows.answers(report.threads))
    broken = max(on_pages, report.users - saved)
    if broken:
        print(f"  {title}: {on_pages} not whole on pages, {report.users - saved} in the database")
        for problem, count in Counter(report.problems).most_common(5):
            print(f"    {count} x {problem}")
    return Figure(f"{title}: answers lost, cut or doubled", broken, "", 0)


def streaming(bench: Bench) -> list[Figure]:
    size = bench.size
    plan = bench.plan(size.streaming, size.users, ramp=size.users / 25)
    report = load(plan)
    readings = bench.meter.between(report.all_began, report.first_ended)
    total, roles = cost(readings, report)
    title = f"{size.users} answers at {size.rate} tokens/s"
    by_role = ", ".join(f"{role} {value:.4f}" for role, value in sorted(roles.items()) if value)
    print(f"  {title}, CPU by process: {by_role}")
    return [
        Figure(f"{title}: CPU per 1,000 tokens", total, "s", 0.042),
        Figure(f"{title}: CPU against a bare relay", total / (bench.floor or math.nan), "x", 3),
        Figure(f"{title}: token delay p50", percentile(report.delays_ms, 50), "ms"),
        Figure(f"{title}: token delay p99", percentile(report.delays_ms, 99), "ms"),
        Figure(f"{title}: text on the socket per byte of answer",
               report.text_bytes / max(1, report.html_bytes), "x", 1.3),
        Figure(f"{title}: all on the socket per byte of answer",
               report.all_bytes / max(1, report.html_bytes), "x"),
        not_whole(title, report, plan.tokens),
    ]  # fmt: skip


def clicks(bench: Bench) -> list[Figure]:
    """At once: all click in the same moment. In turn: five clicks a second."""
    users = bench.size.delay_users
    figures = []
    for title, ramp in (("at once", 0.0), ("in turn", users / 5)):
        report = load(bench.plan(bench.size.short, users, ramp))
        target = 100 if ramp == 0 else None
        name = f"{users} users {title}"
        figures += [
            Figure(f"{name}: click to own message p50", median(report.own_ms), "ms", None),
            Figure(f"{name}: click to first token p50", median(report.first_ms), "ms", target),
            not_whole(name, report, int(bench.size.short.split("-")[1])),
        ]
    return figures


def delay(bench: Bench) -> list[Figure]:
    size = bench.size
    plan = bench.plan(size.streaming, size.delay_users, ramp=size.delay_users / 25)
    report = load(plan)
    title = f"{size.delay_users} answers at {size.rate} tokens/s"
    return [
        Figure(f"{title}: token delay p50", percentile(report.delays_ms, 50), "ms", 60),
        Figure(f"{title}: token delay p99", percentile(report.delays_ms, 99), "ms", 120),
        not_whole(title, report, plan.tokens),
    ]


def most(bench: Bench) -> list[Figure]:
    size = bench.size
    plan = bench.plan(size.streaming, size.most_users, ramp=size.most_users / 25)
    before = bench.meter.memory()
    with bench.meter.peak() as peak:
        report = load(plan)
    title = f"{size.most_users} answers at {size.rate} tokens/s"
    grown = (peak.get("generate", 0) - before.get("generate", 0)) * 1000 / size.most_users
    return [
        Figure(f"{title}: token delay p99", percentile(report.delays_ms, 99), "ms", 150),
        Figure(f"{title}: worker's memory a running answer", grown, "kB", 250),
        Figure(f"{title}: memory of everything", sum(peak.values()), "MB"),
        not_whole(title, report, plan.tokens),
    ]


def whole(bench: Bench) -> list[Figure]:
    size = bench.size
    plan = bench.plan(size.whole, size.whole_users, ramp=0)
    report = load(plan)
    title = f"{size.whole_users} users at once, {size.whole_tokens} tokens each"
    return [
        Figure(f"{title}: served whole", report.whole, "", size.whole_users, at_least=True),
        not_whole(title, report, plan.tokens),
    ]


def made_posts(bench: Bench) -> list[Figure]:
    return posts.measure(bench.base, bench.meter, bench.size.posts)


SCENARIOS: dict[str, Callable[[Bench], list[Figure]]] = {
    "streaming": streaming,
    "clicks": clicks,
    "delay": delay,
    "most": most,
    "whole": whole,
    "posts": made_posts,
}


def memory(idle: dict[str, float]) -> list[Figure]:
    return [
        Figure("idle memory of everything", sum(idle.values()), "MB", 500),
        Figure("idle memory of web", idle.get("web", math.nan), "MB", 150),
        Figure("idle memory of the generate worker", idle.get("generate", math.nan), "MB", 150),
    ]
