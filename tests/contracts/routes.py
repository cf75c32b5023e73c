"""Every route of the site, found by walking the resolver."""

from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver


def walk(resolver: Any, prefix: str = "", namespace: str = "") -> Iterator[tuple[str, str, str]]:
    """(namespace, name with its namespace or "", pattern) of each."""
    for entry in resolver.url_patterns:
        pattern = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = ":".join(filter(None, [namespace, entry.namespace]))
            yield from walk(entry, pattern, inner)
        elif isinstance(entry, URLPattern):
            name = ":".join(filter(None, [namespace, entry.name])) if entry.name else ""
            yield namespace, name, pattern


def all_routes() -> list[tuple[str, str, str]]:
    return list(walk(get_resolver()))


def routes_of(namespace: str) -> list[tuple[str, str]]:
    """(name, pattern) of a namespace and those within it."""
    return [(name, pattern) for space, name, pattern in all_routes() if space == namespace]
