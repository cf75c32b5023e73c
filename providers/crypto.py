"""A text field whose column holds only ciphertext."""

import base64
from functools import cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import models


@cache
def _fernet(secret: str) -> Fernet:
    kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"atelier provider keys")
    return Fernet(base64.urlsafe_b64encode(kdf.derive(secret.encode())))


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]
    """Encrypted with a key derived from SECRET_KEY. Reads as "" when that key has changed,
    so that a lost key costs the operator new API keys and not the whole admin."""

    def get_prep_value(self, value: Any) -> Any:
        text = super().get_prep_value(value)
        return _fernet(settings.SECRET_KEY).encrypt(text.encode()).decode() if text else text

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        if not value:
            return value
        try:
            return _fernet(settings.SECRET_KEY).decrypt(value.encode()).decode()
        except InvalidToken:
            return ""
