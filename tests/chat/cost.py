"""What a piece of work costs the database."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection


class Cost:
    """Statements in their order, and the 8 kB blocks that those which read look at."""

    def __init__(self) -> None:
        self.statements: list[tuple[str, Any]] = []

    @property
    def queries(self) -> int:
        return len(self.statements)

    def blocks(self) -> int:
        """Runs the reads again, under EXPLAIN."""
        reads = [one for one in self.statements if one[0].startswith(("SELECT", "\n", "WITH"))]
        return sum(_blocks_of(sql, params) for sql, params in reads)


def _blocks_of(sql: str, params: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", params)
        plan = cursor.fetchone()[0][0]["Plan"]
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


@contextmanager
def cost() -> Iterator[Cost]:
    found = Cost()

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if not sql.startswith(("SAVEPOINT", "RELEASE", "SET ")):
            found.statements.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield found


def analyze() -> None:
    """Tell the planner what autovacuum would have told it by now."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
