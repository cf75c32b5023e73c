"""Long work in short turns: a worker that has other things to do takes up the rest later."""

import time


class Turn:
    """Called, it says whether the turn is over."""

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds

    def __call__(self) -> bool:
        return time.monotonic() >= self._ends
