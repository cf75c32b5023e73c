"""The demo's models, without their waiting."""

from tests.gallery.conftest import browser, drawn_by, in_a_hurry, own_storage, quiet_end

__all__ = ["browser", "drawn_by", "in_a_hurry", "own_storage", "quiet_end"]
