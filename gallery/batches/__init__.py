"""What is done to many images at once: to those that were picked, or to all that match."""
