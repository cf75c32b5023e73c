"""The page of a post in a real browser: choosing, editing, refining, going back, taking away."""

import io
import re
import zipfile

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from accounts.models import User
from gallery.models import Exchange, GeneratedImage, Post
from providers.models import AIModel
from tests.e2e.posts import (
    NAMES,
    POST,
    PROMPT,
    SLOW_TO_QUICK,
    button,
    caption,
    fill,
    finish,
    give,
    make,
    make_image_models,
    picture,
    prompt,
    shot,
    shots,
    shown,
    start,
)

pytestmark = [pytest.mark.e2e, pytest.mark.stack, pytest.mark.usefixtures("media")]


@pytest.fixture
def models(owner: User) -> list[AIModel]:
    return make_image_models(*reversed(SLOW_TO_QUICK))


def refine_box(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Refine")


def history(page: Page) -> Locator:
    return page.locator(".exchange")


def menu(page: Page, name: str, choice: str) -> None:
    button(page, f"Options for the image of {name}").click()
    page.get_by_role("menuitem", name=choice).click()


def references(page: Page) -> Locator:
    return page.get_by_role("list", name="Reference images").get_by_role("listitem")


def test_one_image_is_selected_and_every_tab_shows_it(
    page: Page, live: str, models: list[AIModel]
) -> None:
    make(page, live)
    second = page.context.new_page()
    second.goto(page.url)
    expect(shot(second, NAMES[2])).to_have_attribute("data-selected", "")
    shot(page, NAMES[1]).hover()
    button(page, f"Select the image of {NAMES[1]}").click()
    for one in (page, second):
        expect(shot(one, NAMES[1])).to_contain_text("Selected")
        expect(shots(one).filter(has_text="Selected")).to_have_count(1)
    assert GeneratedImage.objects.get(is_selected=True).model == models[1]
    assert shown(second) == shown(page)


def test_images_are_downloaded_one_or_all(page: Page, live: str, models: list[AIModel]) -> None:
    post = make(page, live)
    with page.expect_download() as one:
        shot(page, NAMES[0]).hover()
        page.get_by_role("link", name=f"Download the image of {NAMES[0]}").click()
    assert NAMES[0] in one.value.suggested_filename
    with page.expect_download() as all_of_them:
        page.get_by_role("link", name="Download all").click()
    archive = zipfile.ZipFile(io.BytesIO(all_of_them.value.path().read_bytes()))
    assert archive.testzip() is None
    assert len(archive.namelist()) == post.images.count() == 3


def test_the_caption_is_copied_with_its_hashtags(
    page: Page, live: str, models: list[AIModel]
) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    post = make(page, live)
    button(page, "Copy").click()
    expect(page.locator("[data-copy-text][data-done]")).to_be_visible()
    copied: str = page.evaluate("navigator.clipboard.readText()")
    assert copied == post.caption + "\n\n" + " ".join(f"#{tag}" for tag in post.hashtags)


def test_the_caption_is_edited_in_its_place(page: Page, live: str, models: list[AIModel]) -> None:
    make(page, live)
    second = page.context.new_page()
    second.goto(page.url)
    button(page, "Edit caption").click()
    box = page.get_by_role("textbox", name="Caption")
    expect(box).to_be_focused()
    box.fill("Words of my own.\n\nTwo lines <b>of</b> them.")
    page.get_by_role("textbox", name="Hashtags").fill("#clay, water")
    shot(second, NAMES[1]).hover()  # what happens elsewhere takes no text away
    button(second, f"Select the image of {NAMES[1]}").click()
    expect(shot(page, NAMES[1])).to_contain_text("Selected")
    box.press("Control+Enter")
    for one in (page, second):
        expect(caption(one).locator(".caption-text")).to_have_text(
            "Words of my own.\n\nTwo lines <b>of</b> them.", use_inner_text=True
        )
        expect(caption(one)).to_contain_text("#clay #water")
    expect(button(page, "Edit caption")).to_be_focused()
    assert Post.objects.get().hashtags == ["clay", "water"]

    button(page, "Edit caption").click()
    page.get_by_role("textbox", name="Caption").fill("Never kept")
    page.keyboard.press("Escape")
    expect(caption(page)).to_contain_text("Words of my own.")
    assert shown(page) == shown(second)


def test_a_deleted_image_comes_back_by_undo(page: Page, live: str, models: list[AIModel]) -> None:
    make(page, live)
    menu(page, NAMES[2], "Delete")
    expect(page.get_by_text("Image deleted.")).to_be_visible()
    expect(shots(page)).to_have_count(2)
    expect(shot(page, NAMES[1])).to_contain_text("Selected")
    button(page, "Undo").click()
    expect(shots(page)).to_have_count(3)


def test_a_deleted_post_comes_back_by_undo(page: Page, live: str, models: list[AIModel]) -> None:
    make(page, live)
    url = page.url
    second = page.context.new_page()
    second.goto(url)
    button(page, "Delete post").click()
    expect(page.get_by_text("Post moved to the trash.")).to_be_visible()
    expect(prompt(page)).to_be_visible()
    expect(second.get_by_text("This post is not available any more.")).to_be_visible()
    assert not Post.objects.visible_to(Post.objects.get().owner).exists()
    button(page, "Undo").click()
    page.wait_for_url(url)
    expect(shots(page).get_by_role("img")).to_have_count(3)


def test_a_message_makes_a_version_and_one_can_go_back(
    page: Page, live: str, models: list[AIModel]
) -> None:
    make(page, live)
    before = caption(page).inner_text()
    second = page.context.new_page()
    second.goto(page.url)
    refine_box(page).fill("Warmer light")
    refine_box(page).press("Enter")
    expect(button(page, "Stop")).to_be_visible()
    expect(refine_box(page)).to_have_value("")
    expect(refine_box(second)).to_have_attribute("placeholder", "Waiting for response…")
    for one in (page, second):
        finish(one)
        expect(caption(one)).to_contain_text("Warmer light")
        expect(history(one)).to_have_count(2)
        expect(history(one).first).to_contain_text("Shown")
    assert shown(second) == shown(page)
    expect(shots(page)).to_have_count(3)
    assert Exchange.objects.get(number=2).attachments.count() == 1, "the selected image went along"

    button(page, "Go back to this").click()
    expect(history(second).last).to_contain_text("Shown")
    assert caption(second).inner_text() == before
    button(second, "Go back to this").click()
    expect(caption(page)).to_contain_text("Warmer light")
    page.reload()
    expect(caption(page)).to_contain_text("Warmer light")


def test_the_caption_alone_is_made_anew(page: Page, live: str, models: list[AIModel]) -> None:
    make(page, live)
    images = set(GeneratedImage.objects.values_list("pk", flat=True))
    words = Post.objects.get().caption
    place = shots(page).first.bounding_box()
    button(page, "New version of the caption").click()
    expect(caption(page).locator("[data-stream] > *").first).to_be_visible()
    now = shots(page).first.bounding_box()
    assert place is not None
    assert now is not None
    assert now["y"] >= place["y"], "the caption before keeps its room"  # a longer one takes more
    expect(shots(page).get_by_role("img")).to_have_count(3)
    finish(page)
    assert Post.objects.get().caption != words
    assert set(GeneratedImage.objects.values_list("pk", flat=True)) == images
    seen = shown(page)
    page.reload()
    assert shown(page) == seen


def test_a_change_of_which_nothing_comes_leaves_the_post_as_it_was(
    page: Page, live: str, models: list[AIModel]
) -> None:
    make(page, live)
    AIModel.objects.filter(pk=models[0].pk).update(slug="demo-nobody")
    menu(page, NAMES[2], "New version")
    failure = page.get_by_text("The last change could not be made.")
    expect(failure).to_be_visible(timeout=20_000)
    expect(shots(page).get_by_role("img")).to_have_count(3)
    expect(history(page).first).to_contain_text("The provider does not offer this model any more.")

    AIModel.objects.filter(pk=models[0].pk).update(slug="demo-shapes")
    button(page, "Try again").click()
    expect(failure).to_have_count(0)
    finish(page)
    expect(shots(page).get_by_role("img")).to_have_count(1)
    button(page, "Go back to this").click()
    expect(shots(page).get_by_role("img")).to_have_count(3)


def test_one_image_is_made_anew(page: Page, live: str, models: list[AIModel]) -> None:
    make(page, live)
    menu(page, NAMES[0], "New version")
    expect(button(page, "Stop")).to_be_visible()
    finish(page)
    expect(history(page)).to_have_count(2)
    assert Exchange.objects.get(number=2).images.count() == 1


def test_typed_words_outlive_what_arrives(page: Page, live: str, models: list[AIModel]) -> None:
    start(page, live)
    finish(page)
    refine_box(page).fill("Not sent yet")
    page.get_by_role("checkbox", name="Images").uncheck()
    second = page.context.new_page()
    second.goto(page.url)
    shot(second, NAMES[1]).hover()
    button(second, f"Select the image of {NAMES[1]}").click()
    expect(shot(page, NAMES[1])).to_contain_text("Selected")
    expect(refine_box(page)).to_have_value("Not sent yet")
    expect(page.get_by_role("checkbox", name="Images")).not_to_be_checked()
    page.reload()
    expect(refine_box(page)).to_have_value("Not sent yet")


def test_a_refinement_that_is_lost_keeps_its_words(
    page: Page, live: str, models: list[AIModel]
) -> None:
    make(page, live)
    page.route("**/refine/", lambda route: route.abort(), times=1)
    refine_box(page).fill("Warmer light")
    refine_box(page).press("Enter")
    expect(page.locator("#toasts").get_by_text("was not sent")).to_be_visible()
    expect(refine_box(page)).to_have_value("Warmer light")
    refine_box(page).press("Enter")
    finish(page)
    assert Exchange.objects.count() == 2
    refine_box(page).press_sequentially("And softer")
    refine_box(page).press("Enter")
    expect(refine_box(page)).to_have_value("")
    finish(page)
    assert Exchange.objects.count() == 3
    # Enter sends once: it does not say that one must wait.
    assert "wait until" not in page.locator("#toasts").inner_text()


def test_references_are_uploaded_pasted_dropped_and_picked(
    page: Page, live: str, models: list[AIModel]
) -> None:
    make(page, live)
    page.goto(f"{live}/posts/create/")
    page.set_input_files(
        "[data-attach-input]",
        [{"name": "up.png", "mimeType": "image/png", "buffer": picture()}],
    )
    give(page, "#prompt", "paste", picture((200, 20, 20)))
    give(page, "#post", "dragenter", picture((20, 200, 20)))
    expect(page.locator("[data-drop]")).to_be_visible()
    give(page, "#post", "drop", picture((20, 200, 20)))
    expect(page.locator("[data-drop]")).to_be_hidden()
    button(page, "Choose from the gallery").click()
    dialog = page.get_by_role("dialog", name="Choose from the gallery")
    expect(dialog.locator(".pickable")).to_have_count(3)
    dialog.locator(".pickable").first.click()
    dialog.get_by_role("button", name="Add").click()
    expect(references(page)).to_have_count(4)
    expect(button(page, "Choose from the gallery")).to_be_focused()
    expect(references(page).locator('img[src$="320.webp"]')).to_have_count(4, timeout=15_000)
    button(page, "Remove paste.png").click()
    page.reload()
    expect(references(page)).to_have_count(3)

    prompt(page).fill(PROMPT)
    button(page, "Create").click()
    page.wait_for_url(POST)
    finish(page)
    post = Post.objects.order_by("created_at").last()
    assert post is not None
    assert post.exchanges.get().attachments.count() == 3
    given = history(page).get_by_role("list", name="Reference images")
    expect(given.locator("li")).to_have_count(3)
    page.goto(f"{live}/posts/create/")
    expect(references(page)).to_have_count(0)


def test_what_is_no_image_is_no_reference(page: Page, live: str, models: list[AIModel]) -> None:
    fill(page, live)
    files = [{"name": "notes.txt", "mimeType": "text/plain", "buffer": b"clay"}]
    page.set_input_files("[data-attach-input]", files)  # type: ignore[arg-type]
    expect(references(page)).to_contain_text("This is not an image that can be used.")
    button(page, "Create").click()
    expect(page.get_by_text("A file cannot be sent.")).to_be_visible()
    assert not Post.objects.exists()


def test_the_history_leads_to_the_gallery(page: Page, live: str, models: list[AIModel]) -> None:
    make(page, live)
    page.get_by_role("link", name="View history").click()
    expect(page.get_by_role("heading", name="Gallery")).to_be_visible()
    tiles = page.locator(".tile")
    expect(tiles).to_have_count(3)
    page.wait_for_load_state()  # before its scripts a card is a link
    tiles.first.get_by_role("link").click()
    expect(page.get_by_role("dialog")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing(
    page: Page, live: str, owner: User, models: list[AIModel], theme: str, width: int
) -> None:
    User.objects.filter(pk=owner.pk).update(theme=theme)
    page.set_viewport_size({"width": width, "height": 900})
    found = {}

    def look(name: str) -> None:
        report = Axe().run(page).response
        found[name] = [
            (one["id"], [node["html"][:160] for node in one["nodes"]])
            for one in report["violations"]
        ]

    fill(page, live)
    look("create")
    button(page, "Choose from the gallery").click()
    look("picker")
    page.keyboard.press("Escape")
    button(page, "Create").click()
    page.wait_for_url(POST)
    expect(caption(page).locator("[data-stream] > *").first).to_be_visible()
    look("writing")
    expect(page.get_by_text(re.compile(r"\d of 3 images")).first).to_be_visible(timeout=10_000)
    look("creating")
    finish(page)
    AIModel.objects.filter(pk=models[0].pk).update(slug="demo-nobody")
    look("post")
    button(page, "Edit caption").click()
    look("editing")
    page.keyboard.press("Escape")
    menu(page, NAMES[2], "New version")
    expect(page.get_by_text("The last change could not be made.")).to_be_visible(timeout=20_000)
    look("failed")
    overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    page.goto(f"{live}/gallery/")
    look("gallery")
    assert {name: faults for name, faults in found.items() if faults} == {}
    assert overflow <= 0
