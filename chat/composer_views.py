"""What the composer asks for: the models to choose from, a thread's tuning, and how much of a
thread goes with the next message."""

from dataclasses import asdict
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.refusals import refusals_as_json
from accounts.requests import SignedInRequest
from chat import picker
from chat.context import history, tokens_of
from chat.favourites import set_favourite
from chat.models import Thread
from chat.tuning import Tuning, tuning_of
from chat.tuning_services import tune


@require_GET
@login_required
def models(request: SignedInRequest) -> HttpResponse:
    return render(request, "chat/_model_options.html", {"groups": picker.groups(request.user)})


@require_POST
@login_required
@refusals_as_json
def favourite(request: SignedInRequest, model_id: UUID) -> HttpResponse:
    set_favourite(user=request.user, model_id=model_id, on=request.POST.get("on") == "true")
    return HttpResponse(status=204)


@require_GET
@login_required
def context(request: SignedInRequest, thread_id: UUID) -> HttpResponse:
    """In tokens: the system prompt, and each exchange of the thread, the newest first."""
    thread = get_object_or_404(Thread.objects.visible_to(request.user), pk=thread_id)
    found = history(thread)
    return JsonResponse(
        {
            "revision": thread.revision,
            "system": tokens_of(thread.system_prompt),
            "exchanges": [exchange.tokens for exchange in found.exchanges],
            "is_cut": found.is_cut,
        }
    )


@require_http_methods(["GET", "POST"])
@login_required
@refusals_as_json
def settings(request: SignedInRequest, thread_id: UUID) -> HttpResponse:
    if request.method == "POST":
        tune(user=request.user, thread_id=thread_id, tuning=tuning_of(request.POST))
        return HttpResponse(status=204)
    thread = get_object_or_404(Thread.objects.visible_to(request.user), pk=thread_id)
    return JsonResponse(asdict(Tuning(thread.system_prompt, thread.temperature)))
