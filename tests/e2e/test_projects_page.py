"""Home, projects and usage in a real browser: by mouse, by keyboard, without scripts."""

import re
import uuid
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, expect

from accounts.models import User
from activity import events
from activity.models import ConversationActivity
from gallery.models import Post, Project, Status
from gallery.projects import services
from gallery.projects.briefs import Brief
from gallery.projects.pages import PAGE
from providers.models import AIModel
from tests.e2e.conftest import sign_in
from tests.e2e.states import settle, visit
from tests.gallery.rows import make_call, make_image_model, make_post, make_project

pytestmark = [pytest.mark.e2e, pytest.mark.stack]


@pytest.fixture
def home(page: Page, live: str) -> Page:
    visit(page, f"{live}/")
    return page


@pytest.fixture
def plain(browser: Browser, live: str, owner: User) -> Iterator[Page]:
    """A browser that runs no scripts."""
    context = browser.new_context(java_script_enabled=False)
    sign_in(context, live, owner)
    yield context.new_page()
    context.close()


def told(post: Post, *, top: bool = False) -> None:
    """What the operations on posts tell when they commit."""
    events.publish([events.listing_changed(post.owner_id, "post", post.pk, top=top)])


def start(post: Post) -> None:
    ConversationActivity.objects.create(
        post=post, user=post.owner, active_count=1, is_generating=True
    )
    told(post, top=True)


def end(post: Post, status: str = Status.GENERATED) -> None:
    ConversationActivity.objects.filter(post=post).update(active_count=0, is_generating=False)
    post.status = status
    post.save(update_fields=["status"])
    post.bump()
    told(post)


# --- Live ---------------------------------------------------------------------------------------


def test_a_post_comes_and_goes_in_every_tab(home: Page, live: str, owner: User) -> None:
    other = home.context.new_page()
    visit(other, f"{live}/settings/")
    post = make_post(owner, "Three vases", images=0, status=Status.GENERATING_CAPTION)

    start(post)

    row = f"#post-row-{post.pk}"
    for page in (home, other):
        expect(page.locator(f"{row} .spinner")).to_be_visible()
        expect(page.locator(row)).to_contain_text("Three vases")
    card = home.locator(f"#work-{post.pk}")
    expect(card).to_contain_text("Writing a caption…")

    end(post)
    for page in (home, other):
        expect(page.locator(row)).to_be_visible()
        expect(page.locator(f"{row} .spinner")).to_have_count(0)
    expect(card).to_contain_text("No image was generated")

    Post.objects.filter(pk=post.pk).update(deleted_at=timezone.now())
    told(post)
    for page in (home, other):
        expect(page.locator(row)).to_have_count(0)
    expect(card).to_have_count(0)


def test_the_list_of_recent_posts_stays_short_and_in_order(home: Page, owner: User) -> None:
    posts = []
    for number in range(7):
        posts.append(make_post(owner, f"Post {number}", images=0))
        start(posts[-1])
        expect(home.locator(f"#post-row-{posts[-1].pk}")).to_be_visible()
    rows = home.locator("#recent-posts li")
    expect(rows).to_have_text([re.compile(f"Post {n}") for n in (6, 5, 4, 3, 2)])

    posts[3].bump()
    told(posts[3])
    expect(rows).to_have_text([re.compile(f"Post {n}") for n in (3, 6, 5, 4, 2)])

    Post.objects.filter(pk=posts[6].pk).update(deleted_at=timezone.now())
    told(posts[6])
    expect(rows).to_have_text([re.compile(f"Post {n}") for n in (3, 5, 4, 2, 1)])


def test_a_project_of_another_tab_appears(home: Page, owner: User) -> None:
    project_id = uuid.uuid4()
    services.create(user=owner, project_id=project_id, brief=Brief("Spring collection"))
    expect(home.get_by_role("link", name="Spring collection")).to_be_visible()

    services.change(user=owner, project_id=project_id, brief=Brief("Autumn collection"))
    expect(home.get_by_role("link", name="Autumn collection")).to_be_visible()

    services.delete(user=owner, project_id=project_id)
    expect(home.get_by_role("link", name="Autumn collection")).to_have_count(0)


def test_what_is_typed_on_home_stays_when_the_lists_change(home: Page, owner: User) -> None:
    box = home.get_by_role("textbox", name="What shall it be?")
    box.fill("A vase for")
    services.create(user=owner, project_id=uuid.uuid4(), brief=Brief("Spring collection"))
    expect(home.get_by_role("link", name="Spring collection")).to_be_visible()

    expect(box).to_have_value("A vase for")
    expect(box).to_be_focused()


def test_older_posts_come_when_they_are_scrolled_to_and_stay(
    page: Page, live: str, owner: User
) -> None:
    project = make_project(owner)
    posts = [
        make_post(
            owner,
            f"Post {number}",
            images=0,
            project=project,
            aspect_ratio="1:1",
            updated_at=timezone.now() - timedelta(hours=number),
        )
        for number in range(PAGE + 6)
    ]
    visit(page, f"{live}/projects/{project.pk}/")
    cards = page.locator("#project-posts > .work")
    page.locator(".further").scroll_into_view_if_needed()
    expect(cards).to_have_count(PAGE + 6)
    expect(page.locator(".further")).to_have_count(0)

    start(posts[0])
    expect(page.locator(f"#work-{posts[0].pk} .spinner")).to_be_visible()
    expect(cards).to_have_count(PAGE + 6)


# --- By keyboard --------------------------------------------------------------------------------


@pytest.mark.usefixtures("model")
def test_home_leads_on_by_keyboard_alone(home: Page) -> None:
    make_image_model()
    box = home.get_by_role("textbox", name="What shall it be?")
    home.locator("#main").focus()
    for _ in range(4):
        home.keyboard.press("Tab")
        if box.evaluate("box => box === document.activeElement"):
            break
    expect(box).to_be_focused()
    home.keyboard.type("Three vases")
    home.keyboard.press("Enter")

    expect(home).to_have_url(re.compile(r"/posts/create/\?prompt=Three\+vases"))
    expect(home.get_by_role("textbox", name="Prompt")).to_have_value("Three vases")

    home.go_back()
    home.get_by_role("textbox", name="What shall it be?").fill("Which clay?")
    home.keyboard.press("Tab")
    home.keyboard.press("Enter")
    expect(home).to_have_url(re.compile(r"/chat/\?prompt=Which"))
    expect(home.get_by_role("textbox", name="Message", exact=True)).to_have_value("Which clay?")


def test_a_project_is_made_and_deleted_by_keyboard_alone(page: Page, live: str) -> None:
    image = make_image_model("demo-dunes", name="Dunes")
    page.goto(f"{live}/projects/new/")
    page.get_by_label("Name", exact=True).focus()
    page.keyboard.type("Spring collection")
    page.keyboard.press("Tab")
    page.keyboard.type("People who bought before.")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="Warm")).to_be_checked()
    page.get_by_role("checkbox", name="Dunes").focus()
    page.keyboard.press("Space")
    page.get_by_role("textbox", name="Hashtags").focus()
    page.keyboard.type("stoneware")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("Spring collection")
    project = Project.objects.get()
    assert (project.tone, project.hashtags) == ("warm", ["stoneware"])
    assert [*project.image_models.all()] == [image]

    page.get_by_role("button", name="Delete project").press("Enter")
    expect(page.get_by_text("was moved to the trash")).to_be_visible()
    page.get_by_role("button", name="Undo").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Spring collection")


def test_a_project_begins_a_post_as_its_brief_says(
    page: Page, live: str, owner: User, model: AIModel
) -> None:
    shapes, dunes = make_image_model("demo-shapes"), make_image_model("demo-dunes")
    project = make_project(owner, tone="bold", aspect_ratio="16:9", resolution="2K")
    project.image_models.add(dunes)
    page.goto(f"{live}/projects/{project.pk}/")
    page.get_by_role("link", name="Create").filter(visible=True).last.click()

    expect(page).to_have_url(re.compile(rf"\?project={project.pk}"))
    expect(page.get_by_role("radio", name="Bold")).to_be_checked()
    expect(page.get_by_role("radio", name="16:9")).to_be_checked()
    expect(page.get_by_role("checkbox", name=dunes.name)).to_be_checked()
    expect(page.get_by_role("checkbox", name=shapes.name)).not_to_be_checked()


# --- Without scripts ----------------------------------------------------------------------------


def test_projects_work_without_scripts(plain: Page, live: str, owner: User) -> None:
    plain.goto(f"{live}/")
    plain.get_by_role("link", name="Set up a project").click()
    plain.get_by_label("Name", exact=True).fill("")
    plain.get_by_label("Audience").fill("Neighbours")
    plain.get_by_role("button", name="Create project").click()
    expect(plain.get_by_text("Give the project a name.")).to_be_visible()
    expect(plain.get_by_label("Audience")).to_have_value("Neighbours")
    plain.get_by_label("Name", exact=True).fill("Café Aurora")
    plain.get_by_role("button", name="Create project").click()
    expect(plain.get_by_role("heading", level=1)).to_have_text("Café Aurora")

    plain.get_by_role("link", name="Edit brief").click()
    plain.get_by_label("Hashtags").fill("#coffee")
    plain.get_by_role("button", name="Save").click()
    expect(plain.get_by_text("#coffee")).to_be_visible()

    plain.get_by_role("button", name="Delete project").click()
    plain.get_by_role("button", name="Undo").click()
    expect(plain.get_by_role("heading", level=1)).to_have_text("Café Aurora")


def test_further_pages_are_links_without_scripts(plain: Page, live: str, owner: User) -> None:
    project = make_project(owner)
    for number in range(PAGE + 1):
        make_post(
            owner,
            f"Post {number}",
            images=0,
            project=project,
            updated_at=timezone.now() - timedelta(hours=number),
        )
    plain.goto(f"{live}/projects/{project.pk}/")
    expect(plain.locator("#project-posts > .work")).to_have_count(PAGE)
    plain.get_by_role("link", name="Older posts").click()
    expect(plain.locator("#project-posts > .work")).to_have_count(1)


# --- Usage --------------------------------------------------------------------------------------


@pytest.fixture
def usage(page: Page, live: str, owner: User, model: AIModel) -> Page:
    now = timezone.now()
    for days, cost in ((0, "1.5"), (1, "0.25"), (40, "7"), (41, None)):
        at = now - timedelta(days=days)
        make_call(owner, at, model=model, cost=cost and Decimal(cost), prompt_tokens=1_000)
    page.goto(f"{live}/settings/usage/")
    return page


def test_months_and_measures_are_gone_through(usage: Page) -> None:
    expect(usage.locator(".chart svg")).to_be_visible()
    expect(usage.locator(".chart-bar").first).to_be_visible()
    usage.locator(".measures").get_by_role("link", name="Tokens").press("Enter")
    expect(usage.get_by_text("Tokens by day")).to_be_visible()

    usage.locator("[rel=prev]").press("Enter")
    expect(usage.locator("[rel=next]")).to_be_visible()
    expect(usage.get_by_text("Tokens by day")).to_be_visible()  # it stays the measure
    usage.get_by_text("Figures by day").focus()
    usage.keyboard.press("Enter")
    expect(usage.locator(".usage-days table")).to_be_visible()


def test_days_are_those_of_the_browser(
    browser: Browser, live: str, owner: User, model: AIModel
) -> None:
    context = browser.new_context(timezone_id="Pacific/Auckland")
    sign_in(context, live, owner)
    page = context.new_page()
    page.goto(f"{live}/settings/usage/")  # brings the cookie
    page.goto(f"{live}/settings/usage/")
    expect(page.get_by_text("Days in Pacific/Auckland")).to_be_visible()
    context.close()


# --- For everybody ------------------------------------------------------------------------------

PARTS = {
    "home": "/",
    "first steps": "/",
    "projects": "/projects/",
    "no projects": "/projects/",
    "project": "/projects/{project}/",
    "a refused form": "/projects/new/",
    "usage": "/settings/usage/",
    "settings": "/settings/",
}


def show(page: Page, live: str, part: str, owner: User) -> None:
    make_image_model(image_price=Decimal("0.04"))
    project_id = uuid.uuid4()
    if part not in ("first steps", "no projects"):
        tags = ("stoneware", "handthrown")
        brief = Brief("Spring collection", "Neighbours", "warm", "English", tags)
        project = services.create(user=owner, project_id=project_id, brief=brief)
        make_post(owner, "Three vases on a shelf", images=2, project=project)
        make_post(owner, "A poster", images=0, status=Status.STOPPED)
        start(make_post(owner, "A bowl", images=0, status=Status.GENERATING_CAPTION))
        make_call(owner, timezone.now(), model=owner.default_model, cost=Decimal("0.5"))
        make_call(owner, timezone.now(), model=owner.default_model, cost=None)
    page.goto(live + PARTS[part].format(project=project_id))
    if part == "a refused form":
        page.get_by_role("button", name="Create project").click()
        expect(page.get_by_text("Give the project a name.")).to_be_visible()
    settle(page)  # what fades in has no contrast yet


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("part", PARTS)
def test_axe_finds_nothing(page: Page, live: str, owner: User, part: str, theme: str) -> None:
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    show(page, live, part, owner)

    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("part", PARTS)
def test_a_narrow_page_does_not_scroll_sideways(
    page: Page, live: str, owner: User, part: str
) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    show(page, live, part, owner)

    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    inner = page.locator("#main > .scroll")
    assert inner.evaluate("node => node.scrollWidth <= node.clientWidth")


def test_nothing_moves_while_home_is_read(context: BrowserContext, live: str, owner: User) -> None:
    """Pictures have their places before they are there."""
    for _ in range(3):
        make_post(owner, images=1)
    page = context.new_page()
    page.add_init_script(
        "window.moved = 0; new PerformanceObserver((list) => {"
        "for (const entry of list.getEntries()) window.moved += entry.value;"
        "}).observe({type: 'layout-shift', buffered: true});"
    )
    page.goto(f"{live}/")
    settle(page)
    assert page.evaluate("window.moved") < 0.01
