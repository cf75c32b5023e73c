"""Django's PostgreSQL, with a pool that does not dwell on dead connections.

When the server restarts, all that lies idle in a process's pool is dead. The pool's own check waits
for 1 s after the first dead one, then 2, 4, 8 and 16 s: with five of them nobody gets a connection
within the pool's timeout, again and again. docs/adr/0075.
"""

from typing import Any

from django.db.backends.postgresql import base
from psycopg import Connection, Error
from psycopg_pool import ConnectionPool


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        # Ends: each round takes one dead connection away, and the pool makes only living ones.
        while True:
            connection = super().get_new_connection(conn_params)
            if self.pool is None or _is_alive(connection):
                return connection
            self.pool.putconn(connection)  # which closes it


def _is_alive(connection: Connection[Any]) -> bool:
    try:
        ConnectionPool.check_connection(connection)
    except Error:
        return False
    return True
