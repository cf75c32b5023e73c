"""The page of imports: bring a file, see how far it is, and what came of it."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import User
from accounts.requests import SignedInRequest
from chat.importing import lease, services
from chat.importing.models import ImportJob, ImportState
from chat.importing.sentences import failure, tell
from chat.refusals import NotFound, Refusal

SHOWN = 20


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def imports(request: SignedInRequest) -> HttpResponse:
    status, sentence = 200, ""
    if request.method == "POST":
        try:
            services.start(owner=request.user, upload=request.FILES.get("file"))
            return redirect("chat:imports")
        except Refusal as refusal:
            status, sentence = refusal.status, refusal.sentence()
    context = jobs_context(request.user) | {
        "megabytes": settings.MAX_IMPORT_BYTES // 1024**2,
        "refusal": sentence,
    }
    return render(request, "chat/importing/page.html", context, status=status)


@require_GET
@login_required
def import_jobs(request: SignedInRequest) -> HttpResponse:
    """The list, for a page that follows an import."""
    lease.resend()
    return render(request, "chat/importing/_jobs.html", jobs_context(request.user))


@require_POST
@login_required
def stop_import(request: SignedInRequest, job_id: UUID) -> HttpResponse:
    try:
        services.stop(owner=request.user, job_id=job_id)
    except NotFound as error:
        raise Http404 from error
    return redirect("chat:imports")


def jobs_context(user: User) -> dict[str, Any]:
    rows = ImportJob.objects.visible_to(user).order_by("-created_at")[:SHOWN]
    jobs = [{"job": job, "told": tell(job), "problem": _problem(job)} for job in rows]
    return {"jobs": jobs, "is_importing": any(row.is_under_way for row in rows)}


def _problem(job: ImportJob) -> str:
    is_worth_telling = job.state == ImportState.FAILED or job.error_code
    return failure(job.error_code) if is_worth_telling else ""
