"""Files in a real browser: added, refused, removed, kept, sent and shown."""

import io
import re
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from providers.models import AIModel
from tests.e2e.test_chat_page import THREAD, articles, box, button, finish

pytestmark = [pytest.mark.e2e, pytest.mark.stack, pytest.mark.usefixtures("media")]

EVIL = '"><img src=x onerror=alert(1)>.txt'


def png(colour: tuple[int, int, int] = (30, 80, 200)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (640, 360), colour).save(out, "PNG")
    return out.getvalue()


def named(name: str, content: bytes, kind: str = "") -> dict[str, Any]:
    return {"name": name, "mimeType": kind, "buffer": content}


def add(page: Page, *files: dict[str, Any]) -> None:
    page.set_input_files("[data-attach-input]", list(files))  # type: ignore[arg-type]


def chips(page: Page) -> Locator:
    return page.get_by_role("list", name="Files to send").get_by_role("listitem")


def drop(page: Page, kind: str, name: str, text: str) -> None:
    page.evaluate(
        """([kind, name, text]) => {
            const data = new DataTransfer();
            data.items.add(new File([text], name, { type: "text/plain" }));
            const init = { bubbles: true, cancelable: true };
            const event = kind === "paste"
                ? new ClipboardEvent("paste", { ...init, clipboardData: data })
                : new DragEvent(kind, { ...init, dataTransfer: data });
            document.querySelector("#composer textarea").dispatchEvent(event);
        }""",
        [kind, name, text],
    )


def test_images_are_offered_to_another_model(page: Page, live: str) -> None:
    page.goto(f"{live}/chat/")
    add(page, named("sea.png", png(), "image/png"))
    note = page.locator("[data-files-note]")
    expect(note).to_contain_text("Demo Writer does not see images. Choose another model")
    expect(chips(page)).to_contain_text("KB")
    box(page).fill("What do you see?")
    box(page).press("Enter")
    expect(chips(page)).to_have_count(1)
    expect(box(page)).to_have_value("What do you see?")
    button(page, "Remove sea.png").click()
    expect(note).to_be_hidden()


def test_files_are_added_kept_sent_and_shown(page: Page, live: str) -> None:
    AIModel.objects.update(vision=True)
    page.goto(f"{live}/chat/")
    add(page, named("sea.png", png(), "image/png"))
    drop(page, "dragenter", "x", "x")
    expect(page.locator("[data-drop]")).to_be_visible()
    drop(page, "drop", EVIL, "clay")
    drop(page, "paste", "pasted.txt", "water")
    expect(page.locator("[data-drop]")).to_be_hidden()
    expect(chips(page).filter(has_text="KB")).to_have_count(3)
    page.reload()
    expect(chips(page)).to_have_count(3)

    button(page, "Remove pasted.txt").press("Delete")
    expect(chips(page)).to_have_count(2)
    box(page).fill("What do you see?")
    box(page).press("Enter")
    expect(chips(page)).to_have_count(0)
    page.wait_for_url(THREAD)
    finish(page)

    question = articles(page).first
    expect(question.get_by_role("img", name="sea.png")).to_be_visible()
    expect(question.get_by_role("link")).to_have_count(2)
    expect(question).to_contain_text("onerror=alert(1)>.txt")
    expect(articles(page).nth(1)).to_contain_text("wide, 640 × 360 pixels, and mostly blue")
    with page.context.expect_page() as opened:
        question.get_by_role("link").first.click()
    expect(opened.value.locator("img")).to_be_visible()


def test_what_cannot_be_sent_says_why_and_holds_the_message(page: Page, live: str) -> None:
    page.goto(f"{live}/chat/")
    add(
        page,
        named("drawing.png", b"<svg xmlns='x'><script>alert(1)</script></svg>", "image/png"),
        named("broken.png", png()[:300], "image/png"),
        named("nothing.txt", b""),
        named("good.txt", b"clay"),
    )
    expect(chips(page).nth(0)).to_contain_text("This kind of file cannot be added.")
    expect(chips(page).nth(1)).to_contain_text("This file is damaged and cannot be opened.")
    expect(chips(page).nth(2)).to_contain_text("This file is empty.")
    expect(chips(page).nth(3)).to_contain_text("KB")
    box(page).fill("Read this")
    box(page).press("Enter")
    expect(page.get_by_text("A file cannot be sent. Try it again or remove it.")).to_be_visible()
    expect(box(page)).to_have_value("Read this")

    for name in ("drawing.png", "broken.png", "nothing.txt"):
        button(page, f"Remove {name}").click()
    box(page).press("Enter")
    page.wait_for_url(THREAD)
    expect(articles(page).first).to_contain_text("good.txt")
    finish(page)


def test_a_message_waits_for_its_files(page: Page, live: str) -> None:
    page.goto(f"{live}/chat/")
    held: list[Any] = []
    page.route(re.compile(r"/files/[0-9a-f-]+/$"), lambda route: held.append(route), times=1)
    add(page, named("notes.txt", b"clay"))
    box(page).fill("Read this")
    box(page).press("Enter")
    expect(page.locator("form[data-waits]")).to_have_count(1)
    assert page.url.endswith("/chat/")
    expect(box(page)).to_have_value("Read this")

    held[0].continue_()
    page.wait_for_url(THREAD)
    expect(articles(page).first).to_contain_text("notes.txt")
    finish(page)


def test_an_upload_that_was_cut_is_retried(page: Page, live: str) -> None:
    page.goto(f"{live}/chat/")
    page.route(re.compile(r"/files/[0-9a-f-]+/$"), lambda route: route.abort(), times=1)
    add(page, named("notes.txt", b"clay"))
    expect(chips(page)).to_contain_text("The file did not arrive.")
    button(page, "Retry notes.txt").click()
    expect(chips(page)).to_contain_text("KB")


def test_a_send_that_fails_gives_text_and_files_back(page: Page, live: str) -> None:
    page.goto(f"{live}/chat/")
    add(page, named("notes.txt", b"clay"))
    expect(chips(page)).to_contain_text("KB")
    page.route("**/messages/", lambda route: route.abort(), times=1)
    box(page).fill("Read this")
    box(page).press("Enter")
    expect(page.get_by_text("The message was not sent.")).to_be_visible()
    expect(box(page)).to_have_value("Read this")
    expect(chips(page)).to_have_count(1)
    box(page).press("Enter")
    page.wait_for_url(THREAD)
    finish(page)
    expect(articles(page)).to_have_count(2)
