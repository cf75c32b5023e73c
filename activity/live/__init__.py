"""The live channel: what pages are told, and by whom."""
