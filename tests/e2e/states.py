"""States that a page comes to by itself, for tests that look at it then."""

from playwright.sync_api import Page

from tests.studio import wait_until

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
FILLED = """() => {
    const scroller = document.querySelector("[data-gallery]");
    const view = scroller.getBoundingClientRect();
    const isSeen = (node) => {
        const box = node.getBoundingClientRect();
        return box.bottom > view.top && box.top < view.bottom;
    };
    const missing = scroller.querySelectorAll(".part[data-height], nav.pages:not([hidden])");
    return ![...missing].some(isSeen);
}"""
FRAMES = """() => new Promise((done) =>
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))"""


def visit(page: Page, url: str) -> None:
    """Until the server's greeting has come, nothing is pushed. It may come while the page loads."""
    frames: list[str | bytes] = []

    def hear(frame: str | bytes) -> None:
        frames.append(frame)

    def is_greeted() -> bool:
        next_frame(page)  # events are heard while one asks the browser
        return bool(frames)

    page.once("websocket", lambda socket: socket.once("framereceived", hear))
    page.goto(url)
    wait_until(is_greeted, what="the page is greeted")


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


def filled(page: Page) -> None:
    """What the gallery shows has come: neither a box without its images nor a link is in view."""
    next_frame(page)
    page.wait_for_function(FILLED)
