"""Which language a socket's fragments are in: like the page's, chosen by setting, else by the
browser."""

from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation.trans_real import parse_accept_lang_header


def language_of(user: Any, scope: Any) -> str:
    if user.language:
        return str(user.language)
    headers = dict(scope["headers"])
    accepted = headers.get(b"accept-language", b"").decode("latin-1").lower()
    for code, _ in parse_accept_lang_header(accepted):
        if code == "*":
            break
        try:
            return translation.get_supported_language_variant(code)
        except LookupError:
            continue
    return settings.LANGUAGE_CODE
