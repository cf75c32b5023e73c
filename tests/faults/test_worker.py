"""Workers that die, sleep, or are told to go."""

import signal
import time

import pytest

from activity.models import Generation, State
from tests.faults.conftest import HarmedStudio
from tests.faults.invariants import assert_invariants, ended_as, whole_answer
from tests.faults.tab import Tab
from tests.studio import wait_until

pytestmark = [pytest.mark.stack]


@pytest.mark.parametrize("share", [0.0, 0.5, 0.95], ids=["first", "middle", "last"])
def test_a_killed_worker_leaves_the_text_so_far(
    studio: HarmedStudio, tab: Tab, share: float
) -> None:
    message_id = tab.ask(100)
    whole = whole_answer("Write 100 words about clay").encode()
    tab.hear_text(message_id, at_least=max(1, int(share * len(whole))))

    studio.kill(studio.worker)
    killed = time.monotonic()
    studio.start_another_worker()

    assert_invariants(tab, since=killed)
    assert ended_as(message_id) == State.INTERRUPTED
    assert 0 < len(tab.texts[message_id].html)
