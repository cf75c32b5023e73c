"""How much one socket may say, and how many sockets a person may hold in one process."""

import time
from collections import Counter
from uuid import UUID

MAX_SOCKETS = 40
BURST, PER_SECOND = 60.0, 20.0


class Rate:
    """A token bucket."""

    def __init__(self) -> None:
        self._tokens = BURST
        self._at = time.monotonic()

    def allows(self) -> bool:
        now = time.monotonic()
        self._tokens = min(BURST, self._tokens + (now - self._at) * PER_SECOND)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


_held: Counter[UUID] = Counter()


def enter(user_id: UUID) -> bool:
    """Count one more socket of this person, unless there are too many."""
    if _held[user_id] >= MAX_SOCKETS:
        return False
    _held[user_id] += 1
    return True


def leave(user_id: UUID) -> None:
    _held[user_id] -= 1
    if not _held[user_id]:
        del _held[user_id]
