"""A gallery scrolled in a real Chromium: what its main thread does, and what it keeps."""

import json
import os
import shutil
from dataclasses import dataclass
from typing import Any

from django.test import Client
from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from accounts.models import User
from bench.figures import Figure

CARDS = 2_000
FEW = 300  # cards that memory is compared with: the first of them are still being drawn
STEP = 600  # pixels; somebody who looks for something, not a jump
PAUSE = 60  # milliseconds
STEPS = 1_500  # at most
MEGABYTE = 1024**2
CATEGORIES = ["disabled-by-default-devtools.timeline", "devtools.timeline", "toplevel"]

WATCH = """
window.shifted = 0;
new PerformanceObserver((list) => {
  for (const { value, hadRecentInput } of list.getEntries()) {
    if (!hadRecentInput) window.shifted += value;
  }
}).observe({ type: "layout-shift", buffered: true });
"""
SCROLL = """(step) => {
  const scroller = document.querySelector("[data-gallery]");
  scroller.scrollBy(0, step);
  window.known ??= new Set();
  const cards = scroller.querySelectorAll(".tile");
  for (const card of cards) window.known.add(card.id);
  return [window.known.size, cards.length];
}"""


@dataclass(frozen=True, slots=True)
class Kept:
    """What the page holds: bytes of its scripts, and nodes."""

    heap: float
    nodes: float


def measure(base: str, owner: User) -> list[Figure]:
    """Nothing where there is no Chromium."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        print("  Chromium is missing: the gallery is not scrolled")
        return []
    client = Client()
    client.force_login(owner)
    session = client.cookies["sessionid"].value
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"]
        )
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        context.add_cookies([{"name": "sessionid", "value": session, "url": base}])
        page = context.new_page()
        page.add_init_script(WATCH)
        page.goto(f"{base}/gallery/")
        page.locator(".tile").first.wait_for()
        figures = _scrolled(browser, page)
        browser.close()
    return figures


def _scrolled(browser: Browser, page: Page) -> list[Figure]:
    devtools = page.context.new_cdp_session(page)
    devtools.send("Performance.enable")
    _scroll(page, FEW)
    few = _kept(devtools)
    browser.start_tracing(page=page, categories=CATEGORIES)
    seen, most = _scroll(page, CARDS)
    tasks = _tasks(json.loads(browser.stop_tracing()))
    many = _kept(devtools)
    title = f"gallery: {seen:,} cards scrolled"
    return [
        Figure(f"{title}: longest task, CPU", max(tasks, default=0), "ms", 50),
        Figure(f"{title}: tasks of over 50 ms CPU", sum(one > 50 for one in tasks), "", 0),
        Figure(f"{title}: layout shift", page.evaluate("window.shifted"), "", 0.01),
        Figure(f"{title}: most cards on the page", most, ""),
        Figure(f"{title}: nodes against {FEW} cards", many.nodes / few.nodes, "x", 3),
        Figure(f"{title}: memory of scripts", many.heap / MEGABYTE, "MB"),
        Figure(f"{title}: the same after {FEW} cards", few.heap / MEGABYTE, "MB"),
    ]


def _scroll(page: Page, cards: int) -> tuple[int, int]:
    """How many different cards were on the page until now, and how many at most at once."""
    seen = most = 0
    for _ in range(STEPS):
        seen, shown = page.evaluate(SCROLL, STEP)
        most = max(most, shown)
        if seen >= cards:
            break
        page.wait_for_timeout(PAUSE)
    return seen, most


def _kept(devtools: CDPSession) -> Kept:
    devtools.send("HeapProfiler.collectGarbage")
    metrics = {
        one["name"]: one["value"] for one in devtools.send("Performance.getMetrics")["metrics"]
    }
    return Kept(metrics["JSHeapUsedSize"], metrics["Nodes"])


def _tasks(trace: dict[str, Any]) -> list[float]:
    """CPU milliseconds of each task of the page's main thread: another process may have the
    processor in the middle of one."""
    events = trace["traceEvents"]
    main = {
        (one["pid"], one["tid"])
        for one in events
        if one["name"] == "thread_name" and one["args"].get("name") == "CrRendererMain"
    }
    return [
        one["tdur"] / 1000
        for one in events
        if one["name"].endswith("RunTask") and "tdur" in one and (one["pid"], one["tid"]) in main
    ]
