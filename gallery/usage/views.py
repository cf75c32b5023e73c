"""The page of a month's usage."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.requests import SignedInRequest
from gallery.usage.months import read_month
from gallery.usage.report import MEASURES, report


@require_GET
@login_required
def usage(request: SignedInRequest) -> HttpResponse:
    month = read_month(request.GET.get("month", ""))
    found = report(request.user, month=month, measure=request.GET.get("by", ""))
    return render(request, "gallery/usage/page.html", {"report": found, "measures": MEASURES})
