"""Threads as files: one as Markdown or JSON, or all of a person's as an archive."""
