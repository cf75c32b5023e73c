"""One text that a socket is following: which frames it may pass on, and when it must read a
snapshot instead."""

from collections import deque
from dataclasses import dataclass, field
from uuid import UUID

from activity.streaming.frames import Frame
from activity.streaming.store import Snapshot

BACKLOG = 200  # frames that may arrive while a snapshot is being read: 16 s of them


@dataclass(slots=True)
class FollowedText:
    """`offset` is what the page has, in bytes; None while a snapshot is being read, and frames
    wait in the backlog meanwhile."""

    generation_id: UUID
    element: str
    is_saved: bool = True
    number: int = 0
    epoch: int | None = None
    offset: int | None = None
    backlog: deque[Frame] = field(default_factory=lambda: deque(maxlen=BACKLOG))

    def accepts(self, frame: Frame) -> bool:
        """Whether the frame follows what the page has. A frame that it already has is not an
        error; any other gap or a new epoch with text before it is one: see `is_old`."""
        if frame.start != self.offset:
            return False
        return self.epoch in (None, frame.epoch) or self.offset == 0

    def is_old(self, frame: Frame) -> bool:
        return self.offset is not None and frame.epoch == self.epoch and frame.end <= self.offset

    def advance(self, frame: Frame) -> None:
        self.epoch, self.offset = frame.epoch, frame.end

    def wait_for_snapshot(self) -> None:
        self.offset = None
        self.backlog.clear()

    def take(self, snapshot: Snapshot, number: int) -> list[Frame]:
        """Start from a snapshot; returns the frames of the backlog that follow it."""
        self.epoch, self.offset, self.number = snapshot.epoch, snapshot.offset, number
        waiting = [frame for frame in self.backlog if not self.is_old(frame)]
        self.backlog.clear()
        return waiting
