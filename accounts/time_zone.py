"""The time zone of a browser, for pages and websockets alike."""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

COOKIE = "timezone"
LONGEST = 64


def zone_of(cookies: Mapping[str, str]) -> ZoneInfo | None:
    """The zone that the browser named; None where it named none, or none that is known here."""
    name = cookies.get(COOKIE, "")
    if not name or len(name) > LONGEST:
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown; not a name; a folder of zones
        return None
