"""From a post that is made to its file's end: all places that an image goes through, in one go."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db.models import F
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from files import purging
from files.models import Blob
from gallery.browse.pages import PAGE
from gallery.images import GeneratedImage
from gallery.models import Post
from gallery.seeding.pictures import pictures
from gallery.seeding.posts import Studio as Seeding
from gallery.seeding.posts import write
from tests.e2e.conftest import Motion
from tests.e2e.lightbox.box import box, button, order_of, post_of, whole
from tests.e2e.posts import make_image_models
from tests.e2e.states import visit
from tests.gallery.rows import make_project
from tests.studio import Studio, wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.stack, pytest.mark.timeout(300)]

WALK = 2 * PAGE
"""Images in the gallery: more than a part, so that walking comes past its end."""


@pytest.fixture
def motion() -> Motion:
    return "no-preference"


@pytest.fixture(autouse=True)
def _files(shared_studio: Studio, media: None, settings: Any) -> None:
    settings.MEDIA_ROOT = Path(shared_studio.data) / "media"


def blobs_of(post: Post) -> list[Blob]:
    return [image.file.blob for image in post.images.select_related("file__blob") if image.file]


def test_an_image_from_its_making_to_its_end(page: Page, live: str, owner: User) -> None:
    models = make_image_models("demo-dunes", "demo-shapes")
    projects = [make_project(owner)]
    studio = Seeding(owner, pictures(owner, 9, 1), models, projects, timezone.now())
    for _made in write(studio, WALK):
        pass
    visit(page, f"{live}/gallery/")
    expect(page.locator("#gallery-count")).to_have_text(f"{WALK} images")

    # It arrives in the open gallery, and is opened from there.
    tab = page.context.new_page()
    tab.goto(f"{live}/posts/create/")
    tab.get_by_role("textbox", name="Prompt").fill("Spring vases on a shelf.")
    tab.get_by_role("button", name="Create", exact=True).click()
    expect(page.locator("#gallery-count")).to_have_text(f"{WALK + 2} images", timeout=60_000)
    post = Post.objects.latest("created_at")
    assert post.images.count() == 2
    card = page.locator(f'.tile[data-post="{post.pk}"] a.tile-frame').first
    card.click()
    whole(page)
    assert post_of(page) == str(post.pk)

    # To the posts beside it, further than the gallery has read, and back.
    posts = order_of(owner)
    for number in range(1, 31):
        page.keyboard.press("ArrowRight")
        page.wait_for_url(f"**view={posts[number]}**")
    for number in reversed(range(30)):
        page.keyboard.press("ArrowLeft")
        page.wait_for_url(f"**view={posts[number]}**")

    # Its outputs, and its address in another tab.
    page.keyboard.press("2")
    page.wait_for_url(f"**view={post.pk}&img=2**")
    tab.goto(page.url)
    whole(tab)
    expect(box(tab).locator('[data-output][aria-current="true"]')).to_have_attribute(
        "aria-label", "Output 2, Demo Shapes"
    )
    page.go_back()
    expect(box(page)).to_be_hidden()
    expect(page.locator(f'.tile[data-post="{post.pk}"] a:focus')).to_have_count(1)

    # To the trash, both images of it one after another: what is left then is the next post.
    card.click()
    whole(page)
    page.keyboard.press("1")
    page.wait_for_url(f"**view={post.pk}&img=1**")
    button(page, "Delete image").click()
    expect(button(page, "Delete post")).to_be_visible()
    button(page, "Delete post").click()
    page.wait_for_url(f"**view={posts[1]}**")
    expect(page.locator("#gallery-count")).to_have_text(f"{WALK} images")
    page.keyboard.press("Escape")
    purging.purge()
    assert all(default_storage.exists(blob.path) for blob in blobs_of(post))

    page.get_by_role("link", name="Trash").click()
    rows = page.locator("#trash-rows li")
    restore = rows.get_by_role("button", name="Restore")  # not the one of the selection
    expect(rows).to_have_count(2)  # the one deleted by itself, and the post with the other
    restore.last.click()
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("Image, Demo")
    restore.click()
    expect(rows).to_have_count(0)
    assert GeneratedImage.objects.filter(post=post, deleted_at=None).count() == 2

    # And for good: the files go with it, and only then.
    page.goto(f"{live}/gallery/?view={post.pk}&img=1")
    whole(page)
    for name in ("Delete image", "Delete post"):
        button(page, name).click()
        expect(button(page, name)).to_have_count(0)
    paths = [blob.path for blob in blobs_of(post)]
    page.goto(f"{live}/gallery/trash/")
    rows.get_by_role("link", name="for good").last.click()
    page.get_by_role("dialog").get_by_role("button", name="Delete for good").click()
    expect(rows).to_have_count(0)
    assert not Post.objects.filter(pk=post.pk).exists()
    Blob.objects.update(touched_at=F("touched_at") - timedelta(days=1))  # not just brought
    purging.purge()
    wait_until(lambda: not any(map(default_storage.exists, paths)), what="the files are gone")
    assert len(order_of(owner)) == len(posts) - 1
