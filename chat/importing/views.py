"""The page of imports: bring a file, see how far it is, and what came of it."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.refusals import Refusal
from accounts.requests import SignedInRequest
from chat.importing import lease, services
from chat.importing.models import ImportJob, ImportState
from chat.importing.sentences import failure, tell
from chat.refusals import NotFound

SHOWN = 20


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def imports(request: SignedInRequest) -> HttpResponse:
    status, sentence = 200, ""
    if request.method == "POST":
        try:
            services.start(owner=request.user, upload=request.FILES.get("file"))
            return redirect("chat:imports")
        except Refusal as refusal:
            status, sentence = refusal.status, refusal.sentence()
    jobs = ImportJob.objects.visible_to(request.user).order_by("-created_at")[:SHOWN]
    context = {
        "jobs": [_told(job) for job in jobs],
        "megabytes": settings.MAX_IMPORT_BYTES // 1024**2,
        "refusal": sentence,
    }
    return render(request, "chat/importing/page.html", context, status=status)


@require_GET
@login_required
def import_job(request: SignedInRequest, job_id: UUID) -> HttpResponse:
    """One import, for the page that follows it."""
    lease.resend()
    job = get_object_or_404(ImportJob.objects.visible_to(request.user), pk=job_id)
    return render(request, "chat/importing/_job.html", _told(job))


@require_POST
@login_required
def stop_import(request: SignedInRequest, job_id: UUID) -> HttpResponse:
    try:
        services.stop(owner=request.user, job_id=job_id)
    except NotFound as error:
        raise Http404 from error
    return redirect("chat:imports")


def _told(job: ImportJob) -> dict[str, Any]:
    is_worth_telling = job.state == ImportState.FAILED or job.error_code
    return {
        "job": job,
        "told": tell(job),
        "problem": failure(job.error_code) if is_worth_telling else "",
    }
