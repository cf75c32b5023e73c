"""A chat as any source has it, and the tree of it that Atelier keeps."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from chat.models import Role, Status

MAX_ID = 100
MAX_TITLE = 200
MAX_MODEL = 120
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


class UnreadableChat(Exception):
    """This chat cannot be imported; `reason` says why. The others can."""

    def __init__(self, reason: str, title: str = "") -> None:
        super().__init__(reason)
        self.reason, self.title = reason, title


@dataclass(slots=True)
class Node:
    """One entry of a source's tree. Without a role it is not kept, and what follows it follows
    its parent. `left_out` counts by reason what of it is not taken."""

    id: str
    parent: str | None
    role: Role | None = None
    text: str = ""
    model: str = ""
    at: datetime | None = None  # known once the nodes are arranged
    status: Status = Status.COMPLETED
    error_code: str = ""
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost: str | None = None
    seconds: float | None = None
    left_out: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Conversation:
    """`nodes` are those to keep, parents before children; `left_out` counts the others."""

    source: str
    id: str
    title: str
    nodes: list[Node]
    leaf: str
    created_at: datetime
    updated_at: datetime
    left_out: Counter[str] = field(default_factory=Counter)


def arrange(
    nodes: Mapping[str, Node],
    *,
    source: str,
    id: str,
    title: str,
    current: str | None,
    created_at: datetime | None,
    updated_at: datetime | None,
) -> Conversation:
    """The chat with what is shown only, in order. Raises UnreadableChat where nothing is."""
    left_out: Counter[str] = Counter()
    ordered, above = _walk(nodes)
    left_out["unreadable"] += len(nodes) - len(ordered)  # they follow each other in a circle
    kept: list[Node] = []
    start = created_at or updated_at or timezone.now()
    times: dict[str | None, datetime] = {None: start}
    for node in ordered:
        node.parent = above[node.id]
        left_out.update(node.left_out)
        if node.role is None:
            continue
        node.text = storable(node.text)
        if len(node.text) > settings.MAX_MESSAGE_CHARS:
            node.text = node.text[: settings.MAX_MESSAGE_CHARS]
            left_out["shortened"] += 1
        node.at = times[node.id] = node.at or times[node.parent]
        kept.append(node)
    title = " ".join(storable(title).split())[:MAX_TITLE]
    if not kept:
        raise UnreadableChat("empty", title)
    return Conversation(
        source=source,
        id=fit(id, MAX_ID),
        title=title,
        nodes=kept,
        leaf=_leaf(kept, current, above),
        created_at=start,
        updated_at=max([updated_at or start, *(node.at for node in kept if node.at)]),
        left_out=+left_out,
    )


def _walk(nodes: Mapping[str, Node]) -> tuple[list[Node], dict[str, str | None]]:
    """The nodes, parents before children, and for each the nearest shown one above it. A parent
    that is missing counts as none."""
    children: defaultdict[str | None, list[Node]] = defaultdict(list)
    for node in nodes.values():
        children[node.parent if node.parent in nodes else None].append(node)
    above: dict[str, str | None] = {}
    ordered: list[Node] = []
    waiting = list(reversed(children[None]))
    while waiting:
        node = waiting.pop()
        parent = nodes.get(node.parent) if node.parent else None
        if parent is None or parent.role is not None:
            above[node.id] = parent.id if parent else None
        else:
            above[node.id] = above[parent.id]
        ordered.append(node)
        waiting.extend(reversed(children[node.id]))
    return ordered, above


def _leaf(kept: list[Node], current: str | None, above: Mapping[str, str | None]) -> str:
    """The end of the path through the current node: its newest descendant that is shown. Without
    a current node that can be found, the newest message of all."""
    shown = {node.id for node in kept}
    if current not in shown:
        current = above.get(current) if current else None
    last = {node.parent: node.id for node in kept}  # of each, the child that comes last
    at = current or max(kept, key=lambda node: node.at or EARLIEST).id
    while at in last:
        at = last[at]
    return at


def storable(text: str) -> str:
    """Without what the database cannot hold: NUL and lone surrogates."""
    text = text.replace("\r\n", "\n").replace("\0", "\ufffd")
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").strip()


def fit(text: str, length: int) -> str:
    """An id of at most this many characters; a longer one is known by its digest."""
    text = storable(text)
    return text if len(text) <= length else hashlib.sha256(text.encode()).hexdigest()


def moment(value: float | str | None) -> datetime | None:
    """A time as exports write it: seconds or milliseconds since 1970, or ISO 8601. None where it
    is no time or a senseless one; the future counts as now."""
    try:
        if isinstance(value, str):
            found = parse_datetime(value)
            at = found if found is None or found.tzinfo else found.replace(tzinfo=UTC)
        elif value:
            at = datetime.fromtimestamp(value / 1000 if value > 1e11 else value, UTC)
        else:
            at = None
    except (ValueError, OverflowError, OSError):
        return None
    if at is None or at < EARLIEST:
        return None
    return min(at, timezone.now() + timedelta(seconds=1))


def in_a_row(nodes: Iterable[Node]) -> dict[str, Node]:
    """Nodes by id, each the child of the one before it."""
    row: dict[str, Node] = {}
    parent = None
    for node in nodes:
        node.parent = parent
        row[node.id] = node
        parent = node.id
    return row
