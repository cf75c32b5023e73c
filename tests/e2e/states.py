"""States that a page comes to by itself, for tests that look at it then."""

from playwright.sync_api import Page

# What turns for as long as it is shown, as spinners do, has no end to wait for. Pictures are asked
# for when they come into view.
SETTLED = """async () => {
    const isInView = (node) => new Promise((done) => new IntersectionObserver(([entry], watch) => {
        watch.disconnect();
        done(entry.isIntersecting);
    }).observe(node));
    const coming = [...document.images].filter((one) => !one.complete);
    return document.fonts.status === "loaded"
        && !(await Promise.all(coming.map(isInView))).includes(true)
        && document.getAnimations().every((one) => one.playState !== "running"
            || one.effect.getComputedTiming().endTime === Infinity);
}"""
FRAMES = """() => new Promise((done) =>
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))"""


def next_frame(page: Page) -> None:
    """What was due has been drawn, and observers of what is in view have been told."""
    page.evaluate(FRAMES)


def settle(page: Page) -> None:
    """Fonts and the pictures in view are there, and nothing moves or fades any more."""
    next_frame(page)
    page.wait_for_function(SETTLED)
    next_frame(page)


def rest(page: Page) -> None:
    """A long conversation is not being brought any more messages."""
    next_frame(page)
    page.wait_for_function("() => !document.querySelector('[data-gap][data-state]')")
    next_frame(page)
