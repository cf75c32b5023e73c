"""Projects over HTTP. All of it works as plain forms and links."""

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.requests import SignedInRequest
from gallery.models import Project
from gallery.projects import services
from gallery.projects.forms import ProjectForm
from gallery.projects.pages import post_page, project_page
from gallery.projects.refusals import NotFound, Refusal

FORM = require_http_methods(["GET", "HEAD", "POST"])


@require_GET
@login_required
def projects(request: SignedInRequest) -> HttpResponse:
    found = project_page(request.user, after=request.GET.get("after", ""))
    deleted = deleted_project(request)
    context = {"projects": found, "deleted": deleted}
    return piece_or_page(
        request, "gallery/projects/_cards.html", "gallery/projects/list.html", context
    )


@FORM
@login_required
def new(request: SignedInRequest) -> HttpResponse:
    """The form carries the id of what it makes."""
    form = ProjectForm(_sent(request))
    project_id = _uuid(request.POST.get("id", "")) or uuid4()
    if request.method == "POST" and form.is_valid():
        try:
            project = services.create(user=request.user, project_id=project_id, brief=form.brief())
        except Refusal as refusal:
            form.add_error(refusal.field or None, refusal.sentence())
            project_id = uuid4() if isinstance(refusal, NotFound) else project_id
        else:
            messages.success(request, _("Project saved."))
            return redirect("gallery:project", project.pk)
    return _form_page(request, form, project=None, project_id=project_id)


@require_GET
@login_required
def project(request: SignedInRequest, project_id: UUID) -> HttpResponse:
    found = get_object_or_404(
        Project.objects.visible_to(request.user)
        .select_related("text_model")
        .prefetch_related("image_models"),
        pk=project_id,
    )
    posts = post_page(request.user, found, after=request.GET.get("after", ""))
    context = {"project": found, "posts": posts}
    return piece_or_page(
        request, "gallery/projects/_posts.html", "gallery/projects/page.html", context
    )


@FORM
@login_required
def edit(request: SignedInRequest, project_id: UUID) -> HttpResponse:
    found = get_object_or_404(Project.objects.visible_to(request.user), pk=project_id)
    form = ProjectForm(_sent(request), project=found)
    if request.method == "POST" and form.is_valid():
        try:
            services.change(user=request.user, project_id=project_id, brief=form.brief())
        except NotFound as refusal:
            raise Http404 from refusal
        except Refusal as refusal:
            form.add_error(refusal.field or None, refusal.sentence())
        else:
            messages.success(request, _("Project saved."))
            return redirect("gallery:project", project_id)
    return _form_page(request, form, project=found, project_id=project_id)


@require_POST
@login_required
def delete(request: SignedInRequest, project_id: UUID) -> HttpResponse:
    """Leads to where it can be undone."""
    try:
        services.delete(user=request.user, project_id=project_id)
    except NotFound as refusal:
        raise Http404 from refusal
    return redirect(f"{reverse('gallery:home')}?deleted={project_id}")


@require_POST
@login_required
def restore(request: SignedInRequest, project_id: UUID) -> HttpResponse:
    try:
        services.restore(user=request.user, project_id=project_id)
    except NotFound as refusal:
        raise Http404 from refusal
    messages.success(request, _("The project is back."))
    return redirect("gallery:project", project_id)


def deleted_project(request: SignedInRequest) -> Project | None:
    """What was moved to the trash a moment ago, by the address."""
    project_id = _uuid(request.GET.get("deleted", ""))
    if project_id is None:
        return None
    trashed = Project.objects.filter(owner=request.user, deleted_at__isnull=False)
    return trashed.filter(pk=project_id).first()


def piece_or_page(
    request: SignedInRequest, piece: str, page: str, context: dict[str, Any]
) -> HttpResponse:
    """The page, or for scripts the list alone."""
    name = piece if request.headers.get("HX-Request") else page
    response = render(request, name, context)
    response.headers["Vary"] = "HX-Request"
    return response


def _form_page(
    request: SignedInRequest, form: ProjectForm, *, project: Project | None, project_id: UUID
) -> HttpResponse:
    context = {"form": form, "project": project, "project_id": project_id}
    status = 422 if form.errors else 200
    return render(request, "gallery/projects/form.html", context, status=status)


def _sent(request: SignedInRequest) -> QueryDict | None:
    """None before the form was sent; an empty one was sent too."""
    return request.POST if request.method == "POST" else None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
