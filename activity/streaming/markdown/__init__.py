"""Markdown to safe HTML, whole or while it is being written."""

from .delta import Delta
from .incremental import IncrementalRenderer
from .render import render

__all__ = ["Delta", "IncrementalRenderer", "render"]
