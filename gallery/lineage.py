"""What a post was made of."""

from accounts.models import User
from gallery.models import Post
from gallery.works import Work, works


def parent_of(user: User, post: Post) -> Work | None:
    """The post that it descends from; None for one of its own, or where that is in the trash."""
    if post.parent_id is None:
        return None
    found = works(Post.objects.visible_to(user).filter(pk=post.parent_id))
    return found[0] if found else None
