"""Changing an image by conversation, in a real browser."""

import re
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from accounts.models import User
from gallery import editing
from gallery.images import GeneratedImage
from gallery.models import Post
from gallery.seeding.pictures import pictures
from gallery.seeding.posts import Studio as Seeds
from gallery.seeding.posts import write
from imageedit.models import EditConversation, Turn
from providers.models import AIModel
from tests.e2e.lightbox.box import box as lightbox
from tests.e2e.lightbox.box import start, whole
from tests.e2e.posts import give, make_image_models, picture
from tests.e2e.states import settle
from tests.studio import Studio

pytestmark = [pytest.mark.e2e, pytest.mark.stack, pytest.mark.usefixtures("media")]

CONVERSATION = re.compile(r"/posts/edit/[0-9a-f-]{36}/$")
SLUGS = ("demo-shapes", "demo-dunes", "demo-watercolour")
TEXT = "Make it a warm evening"


@pytest.fixture
def source(shared_studio: Studio, live: str, owner: User, settings: Any) -> GeneratedImage:
    """An image of a post with a caption."""
    settings.MEDIA_ROOT = Path(shared_studio.data) / "media"
    models = make_image_models(*SLUGS)
    for _made in write(Seeds(owner, pictures(owner, 1, 1), models, [], timezone.now()), 1):
        pass
    image = GeneratedImage.objects.select_related("post").get()
    editing.edit_caption(
        user=owner, post_id=image.post_id, caption="A cup by the window.", hashtags="clay"
    )
    return image


def box(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Describe the next change")


def shots(page: Page, turn: int) -> Locator:
    return page.get_by_role("article", name=f"Turn {turn}").locator(".shot")


def done(page: Page, turn: int) -> Locator:
    return shots(page, turn).locator("a.shot-frame")


def picks(page: Page) -> Locator:
    return page.get_by_role("list", name="Images to change").get_by_role("listitem")


def ticked(page: Page) -> Locator:
    return page.locator("#edit-strip :checked")


def begin(page: Page, live: str, image: GeneratedImage, *names: str) -> None:
    """From the post's page; its own model is chosen already."""
    page.goto(f"{live}/posts/{image.post_id}/")
    page.locator(".shot").hover()
    page.get_by_role("link", name=re.compile("^Edit the image of")).click()
    dialog = page.get_by_role("dialog", name="New conversation")
    expect(dialog.get_by_role("checkbox", name=image.model_name)).to_be_checked()
    for name in names:
        dialog.get_by_role("checkbox", name=name).check(force=True)
    dialog.get_by_role("textbox").fill(TEXT)
    page.keyboard.press("Control+Enter")
    page.wait_for_url(CONVERSATION)


def others(image: GeneratedImage) -> list[str]:
    return [model.name for model in AIModel.objects.image().exclude(pk=image.model_id)]


def test_an_image_is_changed_and_what_came_of_it_again(
    page: Page, live: str, source: GeneratedImage
) -> None:
    begin(page, live, source, *others(source))
    expect(page.get_by_role("heading", level=1, name=TEXT)).to_be_visible()
    expect(shots(page, 1)).to_have_count(3)
    second = page.context.new_page()
    second.goto(page.url)
    page.reload()

    expect(done(page, 1)).to_have_count(3)
    expect(done(second, 1)).to_have_count(3)
    for tab in (page, second):
        expect(ticked(tab)).to_have_count(3)
        expect(picks(tab)).to_have_count(3)
    assert Post.objects.filter(status="edited", caption="A cup by the window.").count() == 3

    picks(page).first.get_by_role("button").click()
    expect(ticked(page)).to_have_count(2)
    page.locator("#edit-strip label").first.click()  # the original goes along, too
    expect(picks(page)).to_have_count(3)
    box(page).fill("Softer light")
    page.keyboard.press("Enter")
    expect(box(page)).to_have_value("")

    for tab in (page, second):
        expect(done(tab, 2)).to_have_count(3)
        expect(ticked(tab)).to_have_count(3)
        expect(tab.get_by_text("2 turns")).to_be_visible()
    references = Turn.objects.get(number=2).references.select_related("image")
    first = Turn.objects.get(number=1).outputs.order_by("position")
    assert [one.image for one in references] == [source, *(one.image for one in first[1:])]
    assert page.locator("#toasts .toast").all_inner_texts() == []

    page.goto(f"{live}/gallery/?kind=edited")
    expect(page.locator(".tile")).to_have_count(6)


def test_words_and_references_wait_in_the_dialog(
    page: Page, live: str, source: GeneratedImage
) -> None:
    page.goto(f"{live}/posts/{source.post_id}/")
    page.locator(".shot").hover()
    opens = page.get_by_role("link", name=re.compile("^Edit the image of"))
    opens.click()
    dialog = page.get_by_role("dialog", name="New conversation")
    words = dialog.get_by_role("textbox")
    words.fill("Like these")
    give(page, "#edit-start textarea", "paste", picture((200, 20, 20)))
    references = dialog.get_by_role("list", name="Reference images").get_by_role("listitem")
    expect(references).to_have_count(1)
    dialog.get_by_role("button", name="Choose from the gallery").click()
    gallery = page.get_by_role("dialog", name="Choose from the gallery")
    gallery.locator(".pickable").first.click()
    gallery.get_by_role("button", name="Add").click()
    expect(references).to_have_count(2)
    expect(dialog.get_by_role("button", name="Choose from the gallery")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.locator("#composer .file")).to_have_count(0)
    opens.click()
    expect(words).to_have_value("Like these")
    expect(references).to_have_count(2)
    expect(references.locator('img[src$="320.webp"]')).to_have_count(2)
    dialog.get_by_role("button", name="Start").click()
    page.wait_for_url(CONVERSATION)
    sent = page.get_by_role("article", name="Turn 1").get_by_role("list", name="Reference images")
    # The image itself, which was picked, too, is the first of them once.
    expect(sent.get_by_role("listitem")).to_have_count(2)
    expect(done(page, 1)).to_have_count(1)

    # What is pasted and picked there goes along with the next turn.
    give(page, "#edit-box", "paste", picture((20, 20, 200)))
    expect(page.locator("#composer .file")).to_have_count(1)
    box(page).fill("And colder")
    page.keyboard.press("Enter")
    expect(done(page, 2)).to_have_count(1)
    references = Turn.objects.get(number=2).references.order_by("position")
    assert [one.file.name for one in references][1:] == ["paste.png"]  # what was made comes first
    expect(page.locator("#composer .file")).to_have_count(0)
    page.locator("#edit-box").press_sequentially("Once more")
    page.keyboard.press("Enter")
    expect(done(page, 3)).to_have_count(1)
    assert page.locator("#toasts .toast").all_inner_texts() == []


def test_from_the_lightbox(page: Page, live: str, source: GeneratedImage) -> None:
    start(page, live)
    begins = lightbox(page).get_by_role("link", name="New conversation")
    begins.click()
    dialog = page.get_by_role("dialog", name="New conversation")
    dialog.get_by_role("textbox").fill("12")
    for key in ("ArrowLeft", "ArrowRight", "2", "Delete"):
        page.keyboard.press(key)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(lightbox(page)).to_be_visible()
    expect(begins).to_be_focused()
    assert not Post.objects.exclude(deleted_at=None).exists()
    begins.click()
    dialog.get_by_role("button", name="Start").click()
    page.wait_for_url(CONVERSATION)
    expect(done(page, 1)).to_have_count(1)
    page.goto(f"{live}/gallery/?view={source.post_id}&img=1")
    whole(page)
    lightbox(page).get_by_role("link", name=re.compile("^122")).click()
    page.wait_for_url(CONVERSATION)


def test_a_stop_keeps_the_words_and_another_try_goes_on(
    page: Page, live: str, source: GeneratedImage
) -> None:
    begin(page, live, source, *others(source))
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_visible()
    expect(shots(page, 1).filter(has_text="Stopped").first).to_be_visible()

    page.get_by_role("article", name="Turn 1").locator("footer button").click()
    expect(done(page, 1)).to_have_count(3)


def test_the_title_is_written_in_place_and_every_tab_has_it(
    page: Page, live: str, source: GeneratedImage
) -> None:
    begin(page, live, source)
    second = page.context.new_page()
    second.goto(page.url)
    page.get_by_role("button", name="Conversation options").click()
    page.get_by_role("menuitem", name="Rename").click()
    page.keyboard.type("Evening cup")
    page.keyboard.press("Enter")

    for tab in (page, second):
        expect(tab.get_by_role("heading", level=1, name="Evening cup")).to_be_visible()
    assert EditConversation.objects.get().title == "Evening cup"


def test_a_conversation_is_deleted_and_undone(
    page: Page, live: str, source: GeneratedImage
) -> None:
    begin(page, live, source)
    expect(done(page, 1)).to_have_count(1)
    page.goto(f"{live}/conversations/")
    row = page.locator("#conversations .row")
    expect(row).to_have_count(1)
    page.get_by_role("button", name=f"Delete {TEXT}").click()
    expect(row).to_have_count(0)
    expect(page.locator("#conversations-count")).to_have_text("0 image edits")
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(row).to_have_count(1)
    expect(page.locator("#conversations-count")).to_have_text("1 image edit")
    row.get_by_role("link", name=TEXT).click()
    page.wait_for_url(CONVERSATION)
    expect(done(page, 1)).to_have_count(1)


def test_deleted_from_its_page_the_list_is_whole(
    page: Page, live: str, source: GeneratedImage
) -> None:
    begin(page, live, source)
    expect(done(page, 1)).to_have_count(1)
    page.get_by_role("button", name="Conversation options").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.wait_for_url("**/conversations/")
    expect(page.get_by_role("heading", level=1, name="Conversations")).to_be_visible()
    expect(page.get_by_role("searchbox", name="Search conversations")).to_be_visible()
    expect(page.locator("#conversations .row")).to_have_count(0)
    expect(page.locator("#conversations-count")).to_have_text("0 image edits")
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    page.wait_for_url(CONVERSATION)
    expect(picks(page)).to_have_count(1)
    page.go_back()
    page.wait_for_url("**/conversations/")
    expect(page.locator("#conversations .row")).to_have_count(1)


def test_by_keyboard_alone(page: Page, live: str, source: GeneratedImage) -> None:
    page.goto(f"{live}/posts/{source.post_id}/")
    page.get_by_role("link", name=re.compile("^Edit the image of")).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="New conversation")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name=re.compile("^Edit the image of"))).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name="What would you like to change?")).to_be_focused()
    page.keyboard.type(TEXT)
    page.keyboard.press("Control+Enter")
    page.wait_for_url(CONVERSATION)
    expect(done(page, 1)).to_have_count(1)
    page.locator("#edit-strip :checked").focus()
    page.keyboard.press("Space")
    expect(picks(page)).to_have_count(0)
    page.keyboard.press("Space")
    picks(page).get_by_role("button").focus()
    page.keyboard.press("Enter")
    expect(box(page)).to_be_focused()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(page: Page, live: str, source: GeneratedImage, theme: str) -> None:
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    begin(page, live, source)
    expect(done(page, 1)).to_have_count(1)
    for width, height in ((1440, 900), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        for url in (page.url, f"{live}/conversations/", f"{live}/posts/images/{source.pk}/edit/"):
            page.goto(url)
            settle(page)
            found = Axe().run(page).response["violations"]
            assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []
        page.goto(f"{live}/posts/edit/{EditConversation.objects.get().pk}/")
