"""How statements are answered, as of the moment in which they run: with the settings that were
made for them."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

READS = ("SELECT", "WITH")


@dataclass(slots=True)
class Plans:
    """`blocks`: of 8 kB, that were looked at. `ways`: a plan for each statement, as JSON text."""

    blocks: int = 0
    ways: list[str] = field(default_factory=list)


@contextmanager
def plans() -> Iterator[Plans]:
    found = Plans()

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith(READS):
            prefix = "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON)"
            execute(f"{prefix} {sql}", params, many, context)
            plan = context["cursor"].fetchone()[0][0]["Plan"]
            found.blocks += plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
            found.ways.append(json.dumps(plan))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield found
