"""A whole text, rendered at once."""

from .incremental import IncrementalRenderer


def render(text: str) -> str:
    """The page's HTML of `text`: safe for any text, and the same as when it was streamed."""
    renderer = IncrementalRenderer()
    renderer.absorb(text)
    return renderer.finish()
