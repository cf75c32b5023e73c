"""Images of a post as files: one, or all that are shown as a ZIP."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET

from accounts.requests import SignedInRequest
from files.models import File
from files.names import cleaned
from files.serving import answer
from files.streaming import download
from files.zipping import originals
from gallery.images import GeneratedImage, ImageStatus
from gallery.models import Post

ENDINGS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp", "image/gif": "gif"}


@require_GET
@login_required
def post(request: SignedInRequest, post_id: UUID) -> HttpResponseBase:
    shown = get_object_or_404(Post.objects.visible_to(request.user), pk=post_id)
    images = shown.images.shown().filter(status=ImageStatus.READY).select_related("file__blob")
    files = [(_name(image, image.file), image.file.blob) for image in images if image.file]
    if not files:
        raise Http404
    return download(request, originals(files), f"{_stem(shown)}.zip", "application/zip")


@require_GET
@login_required
def image(request: SignedInRequest, post_id: UUID, image_id: UUID) -> HttpResponseBase:
    visible = GeneratedImage.objects.visible_to(request.user)
    images = visible.filter(post=post_id, post__deleted_at=None)
    wanted = get_object_or_404(
        images.filter(status=ImageStatus.READY).select_related("file__blob", "post"), pk=image_id
    )
    file = wanted.file
    if file is None:
        raise Http404
    name = f"{_stem(wanted.post)} {_name(wanted, file)}"
    response = answer(request, file.blob, name=name)
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or ""
    return response


def _stem(post: Post) -> str:
    return cleaned(post.title.rstrip("…"), fallback="post")


def _name(image: GeneratedImage, file: File) -> str:
    number = image.position + 1
    return cleaned(f"{number} {image.model_name}.{ENDINGS.get(file.blob.media_type, 'image')}")
