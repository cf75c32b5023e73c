"""What `python -m bench` does with its arguments."""

import argparse
import importlib.util
import json
import logging
import math
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import structlog
from django.conf import settings
from django.db import connection

from bench import gallery, host, pages, pictures, usage
from bench.figures import Figure, table
from bench.following import following
from bench.host import load
from bench.load import Plan
from bench.scenarios import FULL, QUICK, SCENARIOS, TINY, Bench, Size, cost, memory

SERVERS = ("uvicorn", "daphne")
OTHERS = ("relay", "memory", "pages", "usage", "pictures", "gallery", "markdown")
LOADS = {**SCENARIOS, "following": following}
NAMES = (*OTHERS, *LOADS)
IDLE_SECONDS = 5.0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measure the studio on this machine, beside a bare relay in the same run. "
        "Absolute figures are orientation; ratios count.",
    )
    parser.add_argument("--quick", action="store_true", help="small sizes, within a minute")
    parser.add_argument("--tiny", action="store_true", help="only to see that it works")
    parser.add_argument("--only", action="append", choices=NAMES, help="may be repeated")
    parser.add_argument("--server", action="append", choices=SERVERS, help="instead of both")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    return parser.parse_args()


def run(data: Path) -> int:
    """Measure, print, and return the exit code: 1 when an answer was lost, cut or doubled."""
    options = arguments()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    size = TINY if options.tiny else QUICK if options.quick else FULL
    few = options.quick or options.tiny
    servers = options.server or (SERVERS[:1] if few else SERVERS)
    wanted = set(options.only or NAMES)
    figures: list[Figure] = []
    try:
        for figure in measure(size, servers, wanted, data):
            figures.append(figure)
    finally:
        print(f"\n{table(figures)}")
    if options.json:
        options.json.write_text(json.dumps([asdict(one) | {"ok": one.ok} for one in figures]))
    return int(any("lost" in one.name and one.ok is False for one in figures))


def measure(
    size: Size, servers: Sequence[str], wanted: Collection[str], data: Path
) -> Iterator[Figure]:
    if "markdown" in wanted and importlib.util.find_spec("bench.markdown"):
        print("markdown", flush=True)
        yield from importlib.import_module("bench.markdown").measure()
    with host.upstream(size.models, data) as provider:
        floor = math.nan
        if {"relay", "streaming"} & set(wanted):
            print("relay", flush=True)
            floor = relay_cost(size, provider, data)
            yield Figure("bare relay: CPU per 1,000 tokens", floor, "s")
        for server in servers:
            last = server == servers[-1]
            yield from on_server(server, size, wanted, provider, data, floor, is_last=last)


def relay_cost(size: Size, provider: str, data: Path) -> float:
    users, ramp = [""] * size.users, size.users / 25
    with host.relay(provider, data) as (base, meter):
        plan = Plan(base, users, size.streaming, size.tokens, ramp, relay=True)
        report = load(plan)
        total, _ = cost(meter.between(report.all_began, report.first_ended), report)
    if report.whole < report.users:
        print(f"  the relay lost words: {report.whole} of {report.users} were whole")
    return total


def on_server(
    server: str,
    size: Size,
    wanted: Collection[str],
    provider: str,
    data: Path,
    floor: float,
    *,
    is_last: bool,
) -> Iterator[Figure]:
    with host.studio(server, provider, data) as (base, meter):
        settings.EMBEDDED.start()
        time.sleep(IDLE_SECONDS if "memory" in wanted else 0)
        if "memory" in wanted:
            yield from (of(server, figure) for figure in memory(meter.memory()))
        bench = Bench(base, meter, size, floor)
        for name, scenario in LOADS.items():
            if name in wanted:
                print(f"{server}: {name}", flush=True)
                yield from (of(server, figure) for figure in scenario(bench))
                connection.close()
        if "pictures" in wanted and is_last:
            print("pictures", flush=True)
            yield from pictures.measure(meter, count=size.users)
        if "pages" in wanted and is_last:  # its rows fill the memory of Postgres
            print("pages", flush=True)
            yield from pages.measure(filler=size.filler)
        if "usage" in wanted and is_last:
            print("usage", flush=True)
            yield from usage.measure(calls=size.filler // 5)
        if "gallery" in wanted and is_last:
            print("gallery", flush=True)
            yield from gallery.measure(images=size.filler, base=base)


def of(server: str, figure: Figure) -> Figure:
    return replace(figure, name=f"{server}: {figure.name}")
