"""Python's collector of cycles stops an event loop, and every text that is on it."""

import gc


def keep_short() -> None:
    """Call when all that stays is loaded. Looking through that again took 200 ms and more, with
    every answer waiting; now it is never looked through, and what streams make and drop is
    looked through less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
