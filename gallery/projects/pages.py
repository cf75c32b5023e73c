"""What the pages of projects show."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from accounts.models import User
from activity.keyset import page_of, read_cursor
from gallery.images import GeneratedImage
from gallery.models import Post, Project
from gallery.works import Work, cover_of, images_of, rows, works

COVERS = 3
PAGE = 24


@dataclass(frozen=True, slots=True)
class Card:
    """A project with the pictures of its newest posts."""

    project: Project
    covers: Sequence[tuple[Post, GeneratedImage]]


@dataclass(frozen=True, slots=True)
class ProjectPage:
    cards: Sequence[Card]
    next_cursor: str
    is_first: bool


@dataclass(frozen=True, slots=True)
class PostPage:
    works: Sequence[Work]
    next_cursor: str
    is_first: bool


def project_page(user: User, *, after: str = "", size: int = PAGE) -> ProjectPage:
    """Those that were changed last come first."""
    position = read_cursor(after)
    projects = Project.objects.visible_to(user).order_by("-updated_at", "-id")
    page, next_cursor = page_of(projects, "updated_at", position, size=size)
    return ProjectPage(cards(page), next_cursor, is_first=position is None)


def post_page(user: User, project: Project, *, after: str = "", size: int = PAGE) -> PostPage:
    position = read_cursor(after)
    page, next_cursor = page_of(
        rows(user).filter(project=project), "updated_at", position, size=size
    )
    return PostPage(works(page), next_cursor, is_first=position is None)


def cards(projects: Sequence[Project]) -> list[Card]:
    posts = _newest_posts(projects)
    images = images_of([post.pk for post in posts])
    covers: dict[Any, list[tuple[Post, GeneratedImage]]] = defaultdict(list)
    for post in posts:
        if cover := cover_of(images[post.pk]):
            covers[post.project_id].append((post, cover))
    return [Card(project, covers[project.pk][:COVERS]) for project in projects]


def _newest_posts(projects: Sequence[Project]) -> list[Post]:
    """A few of each project, each by the index: some of them may have no picture."""
    few = [
        Post.objects.filter(project=project, deleted_at=None).newest_first()[: 2 * COVERS]
        for project in projects
    ]
    if not few:
        return []
    first, *others = few
    found = first.union(*others, all=True) if others else first
    return sorted(found, key=lambda post: post.updated_at, reverse=True)
