"""The gallery's pages: which images, in which order, from where on."""
