"""What tests of the pages of posts share."""

import io
import re

from PIL import Image
from playwright.sync_api import Locator, Page, expect

from gallery.models import Post
from providers.models import AIModel, Dialect, Kind, Provider
from providers.sizes import ASPECT_RATIOS, RESOLUTIONS
from tests.contracts.html import parse

POST = re.compile(r"/posts/[0-9a-f-]{36}/$")
PROMPT = "Spring vases. Morning light on a plaster wall, one olive branch."
SLOW_TO_QUICK = ("demo-watercolour", "demo-dunes", "demo-shapes")
NAMES = ("Demo Watercolour", "Demo Dunes", "Demo Shapes")


def make_image_models(*slugs: str) -> list[AIModel]:
    """Of the demo, asked for in this order; it has no model of another name."""
    provider, _ = Provider.objects.get_or_create(name="Demo", dialect=Dialect.DEMO)
    return [
        AIModel.objects.create(
            provider=provider,
            slug=slug,
            name=slug.replace("-", " ").title(),
            kind=Kind.IMAGE,
            position=position,
            pigment=position + 1,
            image_edit=True,
            max_references=4,
            aspect_ratios=ASPECT_RATIOS,
            resolutions=RESOLUTIONS,
        )
        for position, slug in enumerate(slugs)
    ]


def picture(colour: tuple[int, int, int] = (30, 80, 200)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (640, 360), colour).save(out, "PNG")
    return out.getvalue()


def give(page: Page, selector: str, kind: str, content: bytes) -> None:
    """Paste or drop an image."""
    page.evaluate(
        """([selector, kind, bytes]) => {
            const data = new DataTransfer();
            data.items.add(new File([new Uint8Array(bytes)], `${kind}.png`, { type: "image/png" }));
            const init = { bubbles: true, cancelable: true };
            const event = kind === "paste"
                ? new ClipboardEvent("paste", { ...init, clipboardData: data })
                : new DragEvent(kind, { ...init, dataTransfer: data });
            document.querySelector(selector).dispatchEvent(event);
        }""",
        [selector, kind, list(content)],
    )


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def prompt(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Prompt")


def shots(page: Page) -> Locator:
    return page.get_by_role("list", name="Images").locator(".shot")


def shot(page: Page, name: str) -> Locator:
    return shots(page).filter(has_text=name)


def caption(page: Page) -> Locator:
    return page.get_by_role("article", name="Caption")


def fill(page: Page, live: str, words: str = PROMPT) -> None:
    page.goto(f"{live}/posts/create/")
    prompt(page).fill(words)


def start(page: Page, live: str, words: str = PROMPT) -> None:
    """A new post whose page is shown."""
    fill(page, live, words)
    button(page, "Create").click()
    page.wait_for_url(POST)


def finish(page: Page) -> None:
    expect(button(page, "Refine")).to_be_visible(timeout=60_000)
    expect(shots(page).locator(".spinner")).to_have_count(0, timeout=60_000)
    expect(page.locator(".is-new")).to_have_count(0, timeout=10_000)


def make(page: Page, live: str, words: str = PROMPT) -> Post:
    """A post that is finished."""
    start(page, live, words)
    finish(page)
    return Post.objects.get()


KEYS = re.compile(r' value="[0-9a-f-]{36}"| data-htmx-powered="true"|<input[^>]*csrf[^>]*>')


def shown(page: Page) -> list[str]:
    """All of #main, without the keys that every page makes of its own."""
    html: str = page.locator("#main").evaluate("main => main.innerHTML")
    return [
        " ".join([one.tag, *sorted(f"{name}={value}" for name, value in one.attributes.items())])
        + "".join(f"|{child}" for child in one.children if isinstance(child, str))
        for one in parse(KEYS.sub("", html)).walk()
    ]


# The sum of what moved without a hand of the reader in it.
WATCH_SHIFTS = """
window.shifts = [];
new PerformanceObserver(list => {
    for (const entry of list.getEntries()) {
        if (!entry.hadRecentInput) window.shifts.push([entry.value,
            ...entry.sources.map(({ node }) => node?.outerHTML?.slice(0, 90))]);
    }
}).observe({ type: "layout-shift", buffered: true });
"""
