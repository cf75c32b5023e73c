"""PostgreSQL killed in mid-answer: the worker still has the text, and ends it when it is back."""

from collections.abc import Iterator

import pytest

from activity.models import State
from tests.faults.conftest import HarmedStudio, harmed
from tests.faults.invariants import assert_invariants, ended_as, whole_answer
from tests.faults.services import kill_postgres, need_embedded
from tests.faults.tab import Tab

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("a studio of a long lease")]


LEASE = 20.0  # as it is by default: a busy machine takes longer than a short one to restart it


@pytest.fixture(scope="module")
def harmed_studio(
    service_urls: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[HarmedStudio]:
    yield from harmed(service_urls, tmp_path_factory, lease=LEASE)


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
