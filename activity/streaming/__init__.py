"""Text on its way from a provider to the pages that show it."""
