"""What a post was made of, and what was made of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from accounts.models import User
from gallery.models import Post
from gallery.works import Work, works

DEPTH = 20  # ancestors
CHILDREN = 12


@dataclass(frozen=True, slots=True)
class EditLink:
    """A conversation that made a post (`is_origin`), or began with an image of it."""

    id: UUID
    title: str
    turns: int
    is_origin: bool = False


@dataclass(frozen=True, slots=True)
class Lineage:
    """`ancestors`: the nearest first; what is in the trash is left out. `children`: the newest of
    those that descend from it directly."""

    ancestors: Sequence[Work]
    children: Sequence[Work]
    conversations: Sequence[EditLink]


Conversations = Callable[[Post], Sequence[EditLink]]
_conversations: list[Conversations] = []


def register(conversations: Conversations) -> None:
    """The app of edit conversations says which belong to a post."""
    _conversations.append(conversations)


def lineage_of(user: User, post: Post) -> Lineage:
    children = Post.objects.visible_to(user).filter(parent=post)
    return Lineage(
        ancestors=_ancestors(user, post),
        children=works(children.order_by("-created_at", "-id")[:CHILDREN]),
        conversations=[link for links in _conversations for link in links(post)],
    )


def _ancestors(user: User, post: Post) -> list[Work]:
    if post.parent_id is None:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE up AS (
                SELECT id, parent_id, 1 AS depth FROM gallery_post WHERE id = %s
                UNION ALL
                SELECT p.id, p.parent_id, up.depth + 1 FROM gallery_post p
                JOIN up ON p.id = up.parent_id WHERE up.depth < %s
            )
            SELECT id FROM up ORDER BY depth
            """,
            [post.parent_id, DEPTH],
        )
        ids = [row[0] for row in cursor.fetchall()]
    found = Post.objects.visible_to(user).in_bulk(ids)
    return works([found[one] for one in ids if one in found])
