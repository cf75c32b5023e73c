"""The benchmark of `make bench`: the real stack, a mock provider, figures with their targets."""
