"""The lightbox: one image large, over the gallery that it was opened from."""
