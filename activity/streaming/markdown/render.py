"""A whole text, rendered at once."""

from .incremental import IncrementalRenderer


def render(text: str, *, scope: str = "") -> str:
    """The page's HTML of `text`: safe for any text, and the same as when it was streamed.
    `scope`: see IncrementalRenderer."""
    renderer = IncrementalRenderer(scope=scope)
    renderer.absorb(text)
    return renderer.finish()
