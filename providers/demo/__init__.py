"""The built-in provider: no network, no key, no cost. What it makes depends on the request only."""
