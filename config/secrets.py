"""The key that signs sessions and encrypts provider keys, made at first start."""

import os
import secrets
from pathlib import Path


def secret_key(data: Path) -> str:
    """Read `DATA/secret_key`, making it first where it is missing.

    Two processes that start at once must agree, so the file appears whole, by link(2).
    """
    path = data / "secret_key"
    if not path.exists():
        data.mkdir(parents=True, exist_ok=True)
        draft = data / f"secret_key.{os.getpid()}"
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(50))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()
