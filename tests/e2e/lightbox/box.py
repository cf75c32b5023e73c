"""What tests of the lightbox do with it."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Locator, Page, expect

from accounts.models import User
from gallery.images import GeneratedImage
from gallery.models import Post, Status
from gallery.seeding.posts import Studio
from tests.e2e.states import visit
from tests.gallery.rows import make_exchange, make_image

VIEW = re.compile(r"/gallery/\?(.*&)?view=[0-9a-f-]{36}&img=\d+$")
WIDE = {"width": 1440, "height": 900}
CLOSED = re.compile(r"/gallery/$")


def box(page: Page) -> Locator:
    return page.locator("dialog#lightbox")


def cards(page: Page) -> Locator:
    return page.locator(".tile a.tile-frame")


def card_of(page: Page, post: Any) -> Locator:
    return page.locator(f'.tile[data-post="{post}"] a.tile-frame').first


def button(page: Page, name: str) -> Locator:
    return box(page).get_by_role("button", name=name, exact=True)


def outputs(page: Page) -> Locator:
    return box(page).locator("[data-output]")


def post_of(page: Page) -> str:
    """By the address."""
    return parse_qs(urlsplit(page.url).query)["view"][0]


def expect_post(page: Page, post: Any) -> None:
    expect(box(page).locator(f'[data-output][href*="{post}"]').first).to_be_visible()
    page.wait_for_url(f"**view={post}**")


def start(page: Page, live: str, number: int = 0, query: str = "") -> None:
    """The lightbox over the gallery, whole."""
    visit(page, f"{live}/gallery/{query}")
    cards(page).nth(number).click()
    whole(page)


def whole(page: Page) -> None:
    expect(box(page)).to_be_visible()
    expect(outputs(page).first).to_be_visible()
    expect(box(page).locator(".lightbox-image")).to_have_count(1)


def order_of(owner: User) -> list[str]:
    """The posts in the gallery's order, newest first."""
    rows = GeneratedImage.objects.filter(owner=owner).in_gallery().values_list("post_id", flat=True)
    return list(dict.fromkeys(str(one) for one in rows))


def place_of(page: Page) -> tuple[float, str]:
    """How much the image is enlarged, and how it lies."""
    transform: str = page.evaluate(
        "getComputedStyle(document.querySelector('.lightbox-image:last-child .picture')).transform"
    )
    if transform == "none":
        return 1.0, ""
    numbers = transform.removeprefix("matrix(").removesuffix(")").split(", ")
    return float(numbers[0]), f"{numbers[4]} {numbers[5]}"


def make_real(studio: Studio, images: int, **fields: Any) -> Post:
    """The newest post, with pictures that are there."""
    values = {"status": Status.GENERATED, "caption": "Just made.", "total_models": images}
    post = Post.objects.create(owner=studio.user, prompt="New", **(values | fields))
    exchange = make_exchange(post)
    for position in range(images):
        make_image(
            exchange,
            file=studio.files["4:5"][position % len(studio.files["4:5"])],
            position=position,
            is_selected=position == 0,
            model=studio.models[0],
            model_name="Demo Shapes",
            created_at=post.created_at - timedelta(milliseconds=position),
        )
    return post
