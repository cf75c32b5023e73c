"""Answers to requests that no view gets to see. Scripts ask for JSON and are told the sentence
that a page would show."""

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig):
        megabytes = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // (1024 * 1024)
        sentence = _("This is too much at once: at most %(limit)s MB can be sent.") % {
            "limit": megabytes
        }
        return _answer(request, 413, "too_large", sentence)
    return _answer(request, 400, "malformed", _("The request was not well formed."))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    sentence = _("You signed in or out in the meantime. Reload the page and try again.")
    return _answer(request, 403, "csrf", sentence, page="403_csrf.html")


def _answer(
    request: HttpRequest, status: int, code: str, sentence: str, page: str = ""
) -> HttpResponse:
    if request.accepts("text/html"):
        # Without the request: a refused Host comes before the middleware that finds the user.
        html = render_to_string(page or f"{status}.html", {"sentence": sentence})
        return HttpResponse(html, status=status)
    return JsonResponse({"error": code, "message": sentence}, status=status)
