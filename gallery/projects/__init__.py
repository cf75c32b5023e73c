"""Projects: briefs that posts share."""
