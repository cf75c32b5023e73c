"""Ties a process to the one that starts it, by the kernel: it holds after kill -9 too."""

import ctypes
import os
import signal
from collections.abc import Callable

PR_SET_PDEATHSIG = 1

libc = ctypes.CDLL(None, use_errno=True)


def die_with(parent: int, death_signal: signal.Signals) -> Callable[[], None]:
    """Return a `preexec_fn` by which the new process gets `death_signal` when `parent` dies.

    Only Linux can do that. Start the process from the main thread: the kernel looks at the thread
    that forked.
    """

    def prepare() -> None:
        if hasattr(libc, "prctl"):
            libc.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)  # it died before it could be watched

    return prepare
