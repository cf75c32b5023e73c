"""How much of a thread its model is sent: the newest whole exchanges that fit, however long the
thread is. An exchange is a question with what was answered to it.

Tokens are estimated, by the same rule in static/js/tokens.js: a quarter of a token a character,
and more the more bytes UTF-8 needs for it. That is four characters of English, about three of
French or Portuguese, and one of Chinese a token, as the tokenisers in use have it, give or take
a tenth or two.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db import connection

from chat.models import Role, Thread
from providers.models import AIModel

MAX_MESSAGES = 400
ANSWER_SHARE = 4  # a quarter of the model's context is left for its answer
PER_MESSAGE = 4  # tokens around each message


def tokens_of_size(characters: int, size: int) -> int:
    """`size` is in bytes of UTF-8."""
    if not characters:
        return 0
    return -((10 * characters - 35 * size) // 100) + PER_MESSAGE


def tokens_of(text: str) -> int:
    return tokens_of_size(len(text), len(text.encode()))


@dataclass(frozen=True, slots=True)
class Exchange:
    messages: int
    tokens: int


@dataclass(frozen=True, slots=True)
class History:
    """Exchanges, newest first; `is_cut`: older ones were not looked at."""

    exchanges: Sequence[Exchange]
    is_cut: bool


def room_of(model: AIModel | None) -> int:
    """Tokens that a model can be sent."""
    known = model.context_tokens if model else None
    if not known:
        return settings.MAX_CONTEXT_TOKENS
    return min(settings.MAX_CONTEXT_TOKENS, known - known // ANSWER_SHARE)


def messages_that_fit(thread: Thread, model: AIModel | None, *, below: UUID) -> int:
    """How many messages above `below` a model is sent. The newest exchange always counts."""
    left = room_of(model) - tokens_of(thread.system_prompt)
    count = 0
    for exchange in history(thread, below=below).exchanges:
        left -= exchange.tokens
        if count and left < 0:
            break
        count += exchange.messages
    return count


def history(thread: Thread, *, below: UUID | None = None) -> History:
    """The exchanges of the path, or of what is above `below`."""
    rows = _sizes(thread, below)
    exchanges: list[Exchange] = []
    messages = tokens = 0
    for role, characters, size, _is_first in rows:
        messages, tokens = messages + 1, tokens + tokens_of_size(characters, size)
        if role == Role.USER:
            exchanges.append(Exchange(messages, tokens))
            messages = tokens = 0
    is_cut = bool(rows) and not rows[-1][3]
    if messages and not is_cut:  # it began with an answer to nothing, as an import may
        exchanges.append(Exchange(messages, tokens))
    return History(exchanges, is_cut)


def _sizes(thread: Thread, below: UUID | None) -> list[tuple[str, int, int, bool]]:
    """Role, characters, bytes, and whether nothing is above: of the newest messages, newest
    first. Walks parents by primary key, so its cost does not grow with the thread."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE path AS (
                SELECT m.id, m.parent_id, m.role, m.content, 1 AS depth FROM chat_message m
                WHERE m.thread_id = %(thread)s AND m.id = CASE
                    WHEN %(below)s::uuid IS NULL THEN %(leaf)s::uuid
                    ELSE (SELECT parent_id FROM chat_message WHERE id = %(below)s::uuid) END
                UNION ALL
                SELECT m.id, m.parent_id, m.role, m.content, path.depth + 1
                FROM chat_message m JOIN path ON m.id = path.parent_id
                WHERE path.depth < %(limit)s
            )
            SELECT role, char_length(content), octet_length(content), parent_id IS NULL
            FROM path ORDER BY depth
            """,
            {
                "thread": thread.pk,
                "leaf": thread.leaf_id,
                "below": below,
                "limit": MAX_MESSAGES,
            },
        )
        rows: list[tuple[str, int, int, bool]] = cursor.fetchall()
        return rows
