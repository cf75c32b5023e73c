"""The benchmark of `make bench`: figures and targets, on the real stack and a mock provider."""
