"""What the ledger must know of a kind of generation; the apps above register theirs."""

from dataclasses import dataclass, field
from typing import Any, Protocol

from activity.models import Generation, State
from activity.streaming.sink import TextSink
from providers.base import Usage
from providers.sessions import Sessions


@dataclass(frozen=True, slots=True)
class Reasoning:
    """What a model thought before it answered; `seconds` it took, where that is known."""

    text: str = ""
    html: str = ""
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a generation ended: its state, all its text, and what it took.
    `html` is the text as rendered Markdown; `seconds` count from the claim."""

    state: State
    text: str = ""
    html: str = ""
    reasoning: Reasoning = Reasoning()
    error_code: str = ""
    error_detail: str = ""
    usage: Usage = field(default_factory=Usage)
    seconds: float | None = None
    first_output_seconds: float | None = None


class GenerationKind(Protocol):
    """One kind of work. `prepare` and `settle` run in threads with the database, `run` on the
    event loop of the worker without it."""

    name: str
    # Whether each finished part is saved at once: a run that was cut off then goes on after what
    # is there. Another kind's run is begun anew, and only where nothing of it was read yet.
    resumes: bool

    def prepare(self, generation: Generation) -> Any:
        """All that `run` needs to know, read before any network call. May raise ProviderError."""
        ...

    async def run(self, work: Any, sink: TextSink, sessions: Sessions) -> Usage:
        """Do the work, writing text to the sink. Ends by returning or by a ProviderError."""
        ...

    def settle(self, generation: Generation, outcome: Outcome) -> None:
        """Write the result. Called once, inside the transaction that ends the generation, with
        the generation's row locked; the conversation's row is to be locked here, first of all."""
        ...

    def after(self, generation: Generation, outcome: Outcome) -> None:
        """Begin what waited for this end. Called once in the same transaction, after `settle`
        and with the conversation free again: it may submit the next generation."""
        ...


_kinds: dict[str, GenerationKind] = {}


def register(kind: GenerationKind) -> None:
    _kinds[kind.name] = kind


def kind_named(name: str) -> GenerationKind:
    return _kinds[name]
