"""The users, in a process of their own: a plan on standard input, what they saw on standard
output. Run as `python -m bench.load`."""

import asyncio
import json
import sys
from collections import Counter
from dataclasses import asdict, dataclass, field

import aiohttp
import uvloop

from bench.tab import Heard, RelayTab, Tab

CONNECT_AT_ONCE = 20


@dataclass(frozen=True)
class Plan:
    base: str
    sessions: list[str]  # one a user
    model: str
    tokens: int
    ramp: float  # seconds over which the clicks are spread
    relay: bool = False
    seconds: float = 120.0


@dataclass
class Report:
    """What all users saw. Delays are milliseconds, and of the time when all answers ran."""

    users: int
    whole: int = 0  # answers with every word once and in order
    problems: list[str] = field(default_factory=list)
    threads: list[str] = field(default_factory=list)
    own_ms: list[float] = field(default_factory=list)
    first_ms: list[float] = field(default_factory=list)
    delays_ms: list[int] = field(default_factory=list)
    buckets: dict[int, int] = field(default_factory=dict)
    all_began: float = 0.0
    first_ended: float = 0.0
    text_bytes: int = 0
    all_bytes: int = 0
    html_bytes: int = 0


async def follow(tab: Tab, plan: Plan, delay: float) -> None:
    try:
        async with asyncio.timeout(plan.seconds):
            await tab.run(plan.model, delay)
    except (TimeoutError, OSError, aiohttp.ClientError) as error:
        tab.heard.problem = f"{type(error).__name__}: {error}"


async def use(plan: Plan) -> Report:
    connector = aiohttp.TCPConnector(limit=0)
    timeout = aiohttp.ClientTimeout(total=plan.seconds)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as http:
        make = RelayTab if plan.relay else Tab
        tabs = [make(http, plan.base, session) for session in plan.sessions]
        for start in range(0, len(tabs), CONNECT_AT_ONCE):
            await asyncio.gather(*(one.connect() for one in tabs[start : start + CONNECT_AT_ONCE]))
        print("connected", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        step = plan.ramp / len(tabs)
        await asyncio.gather(*(follow(tab, plan, i * step) for i, tab in enumerate(tabs)))
        await asyncio.gather(*(tab.socket.close() for tab in tabs))
    return report(plan, tabs)


def report(plan: Plan, tabs: list[Tab]) -> Report:
    heard = [tab.heard for tab in tabs]
    result = Report(users=len(tabs), threads=[tab.thread for tab in tabs])
    result.problems = [one.problem for one in heard if one.problem]
    words = list(range(plan.tokens))
    result.whole = sum(one.words == words and one.final == words for one in heard)
    began = [one for one in heard if one.first]
    result.own_ms = [(one.own - one.clicked) * 1000 for one in began]
    result.first_ms = [(one.first - one.clicked) * 1000 for one in began]
    result.all_began = max((one.first for one in began), default=0.0)
    result.first_ended = min((one.last for one in began), default=0.0)
    result.delays_ms = steady_delays(began, result)
    buckets = sum((one.buckets for one in heard), Counter())
    result.buckets = dict(sorted(buckets.items()))
    for name in ("text_bytes", "all_bytes", "html_bytes"):
        setattr(result, name, sum(getattr(one, name) for one in heard))
    return result


def steady_delays(heard: list[Heard], result: Report) -> list[int]:
    start, end = result.all_began, result.first_ended
    return sorted(ms for one in heard for at, ms in one.delays if start <= at <= end)


def main() -> None:
    plan = Plan(**json.loads(sys.stdin.readline()))
    print(json.dumps(asdict(uvloop.run(use(plan)))), flush=True)


if __name__ == "__main__":
    main()
