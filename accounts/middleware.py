"""What a person chose, or their browser tells, wins over the installation's settings."""

from django.http import HttpRequest
from django.utils import timezone, translation
from django.utils.deprecation import MiddlewareMixin

from accounts.time_zone import zone_of


class UserLanguageMiddleware(MiddlewareMixin):
    """After LocaleMiddleware and AuthenticationMiddleware. Without a session cookie it costs no
    query."""

    def process_request(self, request: HttpRequest) -> None:
        language = getattr(request.user, "language", "")
        if language:
            translation.activate(language)
            request.LANGUAGE_CODE = translation.get_language()


class TimeZoneMiddleware(MiddlewareMixin):
    """Pages are in the reader's time zone, which static/js/time-zone.js keeps in a cookie."""

    def process_request(self, request: HttpRequest) -> None:
        zone = zone_of(request.COOKIES)
        if zone:
            timezone.activate(zone)
        else:
            timezone.deactivate()
