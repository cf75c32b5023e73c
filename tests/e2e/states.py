"""States that a page comes to by itself, for tests that look at it then."""

from playwright.sync_api import Page

# What turns for as long as it is shown, as spinners do, has no end to wait for. Pictures further
# down are asked for when they come near.
SETTLED = """() => document.fonts.status === "loaded"
    && [...document.images].every((one) => one.complete
        || (one.loading === "lazy" && one.getBoundingClientRect().top > innerHeight))
    && document.getAnimations().every((one) => one.playState !== "running"
        || one.effect.getComputedTiming().endTime === Infinity)"""
FRAMES = """() => new Promise((done) =>
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))"""


def next_frame(page: Page) -> None:
    """What was due has been drawn, and observers of what is in view have been told."""
    page.evaluate(FRAMES)


def settle(page: Page) -> None:
    """Fonts and pictures are there, and nothing moves or fades any more."""
    next_frame(page)
    page.wait_for_function(SETTLED)
    next_frame(page)


def rest(page: Page) -> None:
    """A long conversation is not being brought any more messages."""
    next_frame(page)
    page.wait_for_function("() => !document.querySelector('[data-gap][data-state]')")
    next_frame(page)
