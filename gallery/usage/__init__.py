"""What a person's work cost, month by month."""
