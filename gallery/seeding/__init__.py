"""A made-up gallery in large numbers, to see and measure the studio as it is after years of use."""

from gallery.seeding.posts import seed as seed
