"""PostgreSQL killed in mid-answer: the worker still has the text, and ends it when it is back."""

import pytest

from activity.models import State
from tests.faults.conftest import HarmedStudio
from tests.faults.invariants import assert_invariants, ended_as, whole_answer
from tests.faults.services import kill_postgres, need_embedded
from tests.faults.tab import Tab

pytestmark = [pytest.mark.stack]


@pytest.mark.parametrize("share", [0.0, 0.5, 0.97], ids=["first", "middle", "last"])
def test_a_restart_of_postgres_loses_no_word(studio: HarmedStudio, tab: Tab, share: float) -> None:
    need_embedded("postgres")
    message_id = tab.ask(150)
    whole = whole_answer("Write 150 words about clay").encode()
    tab.hear_text(message_id, at_least=int(share * len(whole)) or 1)

    kill_postgres()

    assert_invariants(tab)
    assert ended_as(message_id) == State.COMPLETED
    again = tab.ask(5)
    assert_invariants(tab)
    assert ended_as(again) == State.COMPLETED
