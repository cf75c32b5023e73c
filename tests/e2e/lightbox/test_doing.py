"""The lightbox in a browser: what one does in it, and what others do meanwhile."""

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from accounts.models import User
from gallery import editing
from gallery.models import Post
from gallery.seeding.posts import Studio
from tests.e2e.lightbox.box import (
    box,
    button,
    card_of,
    expect_post,
    make_real,
    order_of,
    outputs,
    place_of,
    post_of,
    start,
    whole,
)
from tests.e2e.test_gallery_page import fill
from tests.gallery.rows import make_exchange, make_image

pytestmark = [pytest.mark.e2e, pytest.mark.stack]


# --- Deleting ---


def test_deleting_goes_on_to_the_next_and_can_be_undone(page: Page, live: str, owner: User) -> None:
    studio = fill(owner, 9)
    post = make_real(studio, 2)
    order = order_of(owner)
    start(page, live)
    button(page, "Delete image").click()
    expect(box(page).get_by_text("Image deleted.")).to_be_visible()
    expect(outputs(page)).to_have_count(1)
    assert post.images.get(position=0).deleted_at is not None
    button(page, "Delete post").click()
    expect_post(page, order[1])
    expect(box(page).get_by_text("Post moved to the trash.")).to_be_visible()
    post.refresh_from_db()
    assert post.deleted_at is not None
    assert page.evaluate("document.querySelector('#lightbox').contains(document.activeElement)")
    box(page).locator(".toast", has_text="Post moved").get_by_role("button", name="Undo").click()
    expect_post(page, post.pk)
    post.refresh_from_db()
    assert post.deleted_at is None
    page.keyboard.press("Escape")
    expect(card_of(page, post.pk)).to_be_visible()
    expect(page.locator("#toasts")).to_be_attached()


def test_deleting_the_last_one_closes_it(page: Page, live: str, owner: User) -> None:
    studio = fill(owner, 6)
    start(page, live, 0, "?ratio=4:5")
    page.keyboard.press("Escape")
    for post in Post.objects.filter(images__aspect_ratio="4:5").distinct():
        editing.delete(user=owner, post_id=post.pk)
    make_real(studio, 1)
    start(page, live, 0, "?ratio=4:5")
    button(page, "Delete post").click()
    expect(box(page)).to_be_hidden()
    expect(page.get_by_text("Post moved to the trash.")).to_be_visible()
    assert "view=" not in page.url


def test_what_cannot_be_deleted_stays(page: Page, live: str, owner: User, studio: Studio) -> None:
    start(page, live)
    post = post_of(page)
    page.route("**/delete/", lambda route: route.abort())
    box(page).locator("#lightbox-delete").click()
    expect(box(page).get_by_text("That did not work")).to_be_visible()
    assert post_of(page) == post
    expect(box(page).locator("#lightbox-delete")).to_be_focused()


# --- What else one does in it ---


def test_refine_leads_to_the_words_and_back_leads_into_the_lightbox(
    page: Page, live: str, studio: Studio
) -> None:
    start(page, live)
    where = page.url
    box(page).get_by_role("link", name="Refine").click()
    page.wait_for_url("**/posts/*/#refine-box")
    expect(page.get_by_role("textbox", name="Refine")).to_be_focused()
    page.go_back()
    whole(page)
    assert page.url == where


def test_the_caption_is_copied_and_the_image_downloaded(
    page: Page, context: BrowserContext, live: str, owner: User
) -> None:
    studio = fill(owner, 4)
    make_real(studio, 1, caption="One.\n\nTwo.", hashtags=["clay"])
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    start(page, live)
    button(page, "Copy caption").click()
    page.wait_for_function(
        "async () => (await navigator.clipboard.readText()) === 'One.\\n\\nTwo.\\n\\n#clay'"
    )
    with page.expect_download() as download:
        box(page).get_by_role("link", name="Download").click()
    assert "Demo Shapes" in download.value.suggested_filename


def test_the_sheet_of_shortcuts_lies_over_it(page: Page, live: str, studio: Studio) -> None:
    start(page, live)
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(sheet).to_be_visible()
    expect(sheet.get_by_text("Output by its number")).to_be_visible()
    before = page.url
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expect(box(page)).to_be_visible()
    assert page.url == before


# --- What changes meanwhile ---


def test_an_output_and_a_caption_come_without_losing_zoom_and_focus(
    page: Page, live: str, owner: User
) -> None:
    studio = fill(owner, 6)
    post = make_real(studio, 1)
    start(page, live)
    page.keyboard.press("+")
    scale = place_of(page)
    link = box(page).get_by_role("link", name="Download")
    link.focus()
    image = make_image(
        make_exchange(post, number=2), file=studio.files["1:1"][0], model_name="Another"
    )
    editing.edit_caption(user=owner, post_id=post.pk, caption="Other words.", hashtags="")
    expect(box(page).locator(".caption-text")).to_have_text("Other words.")
    expect(box(page).locator(f'[data-output="{image.pk}"]')).to_be_visible()
    expect(box(page).locator("[data-place]", has_text="1 of 2")).to_be_visible()
    expect(button(page, "Delete image")).to_be_visible()
    assert place_of(page) == scale
    expect(link).to_be_focused()
    expect(box(page).locator(".lightbox-image")).to_have_count(1)


def test_a_new_post_becomes_the_previous_one(page: Page, live: str, owner: User) -> None:
    studio = fill(owner, 6)
    start(page, live)
    expect(button(page, "Previous post")).to_have_attribute("aria-disabled", "true")
    post = make_real(studio, 1)
    editing.edit_caption(user=owner, post_id=post.pk, caption="Just now.", hashtags="")
    expect(button(page, "Previous post")).to_have_attribute("aria-disabled", "false")
    page.keyboard.press("ArrowLeft")
    expect_post(page, post.pk)
    page.keyboard.press("Escape")
    expect(card_of(page, post.pk)).to_be_focused()


def test_what_is_deleted_elsewhere_is_said_and_gives_way(
    page: Page, live: str, owner: User
) -> None:
    studio = fill(owner, 6)
    post = make_real(studio, 2)
    order = order_of(owner)
    start(page, live)
    shown = post.images.get(position=0)
    editing.delete_image(user=owner, post_id=post.pk, image_id=shown.pk)
    expect(box(page).get_by_text("This image is not available any more.")).to_be_visible()
    expect(outputs(page)).to_have_count(1)
    editing.delete(user=owner, post_id=post.pk)
    expect(box(page).get_by_text("This post is not available any more.")).to_be_visible()
    expect_post(page, order[1])
