"""The benchmark of `make bench`: figures with their targets, on the real stack and a mock provider."""
