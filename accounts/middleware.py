"""The language that a person chose wins over the browser's."""

from django.http import HttpRequest
from django.utils import translation
from django.utils.deprecation import MiddlewareMixin


class UserLanguageMiddleware(MiddlewareMixin):
    """After LocaleMiddleware and AuthenticationMiddleware. Without a session cookie it costs no
    query."""

    def process_request(self, request: HttpRequest) -> None:
        language = getattr(request.user, "language", "")
        if language:
            translation.activate(language)
            request.LANGUAGE_CODE = translation.get_language()
