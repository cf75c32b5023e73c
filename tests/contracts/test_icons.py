"""Every icon that a template names is in the sprite."""

import re
from pathlib import Path

from django.conf import settings

BASE = Path(settings.BASE_DIR)


def test_every_icon_named_in_a_template_exists() -> None:
    sprite = (BASE / "static" / "icons" / "sprite.svg").read_text()
    drawn = set(re.findall(r'<symbol id="i-([\w-]+)"', sprite))
    named: set[str] = set()
    for template in (BASE / "templates").rglob("*.html"):
        named |= set(re.findall(r'{% icon "([\w-]+)"', template.read_text()))
    assert named - drawn == set()
