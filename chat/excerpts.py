"""The words around a match, with the matches marked."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from django.db import connection

from activity.search_fields import ACCENTED, BARE, CHARS, MARKS, without_accents
from chat.search import Query

START, STOP = "\x02", "\x03"  # in no text that people write
SHOWN = "MaxWords=26, MinWords=14, ShortWord=0"

Pieces = Sequence[tuple[str, bool]]
"""A text in parts, each with whether it matched."""


def of_messages(ids: Iterable[UUID], query: Query) -> Mapping[UUID, Pieces]:
    return _excerpts("chat_message", "content", list(ids), query.in_messages, SHOWN)


def of_titles(ids: Iterable[UUID], query: Query) -> Mapping[UUID, Pieces]:
    return _excerpts("chat_thread", "title", list(ids), query.in_titles, "HighlightAll=true")


def _excerpts(
    table: str, column: str, ids: list[UUID], text: str, options: str
) -> Mapping[UUID, Pieces]:
    """Postgres marks the matches in the text as it was indexed, in the language that found it.
    Every character of that text stands where it does in the one that was written, so the marks
    are then moved over."""
    if not ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT id, marked,
                substr(written, strpos(indexed, unmarked), length(unmarked)),
                strpos(indexed, unmarked) > 1,
                strpos(indexed, unmarked) + length(unmarked) <= length(written)
            FROM {table}
            CROSS JOIN LATERAL (
                SELECT left({column}, {CHARS}) AS written,
                    CASE WHEN search @@ to_tsquery('simple', %(bare)s) THEN 'simple'
                        WHEN search @@ to_tsquery('english', %(text)s) THEN 'english'
                        ELSE 'portuguese' END AS language
            ) a
            CROSS JOIN LATERAL (
                SELECT translate(
                        translate(written, %(marks)s, %(spaces)s),
                        CASE language WHEN 'simple' THEN %(accented)s ELSE '' END, %(plain)s
                    ) AS indexed,
                    CASE language WHEN 'simple' THEN %(bare)s ELSE %(text)s END AS wanted
            ) b
            CROSS JOIN LATERAL (
                SELECT ts_headline(
                    language::regconfig, indexed, to_tsquery(language::regconfig, wanted),
                    %(options)s
                ) AS marked
            ) c
            CROSS JOIN LATERAL (SELECT translate(marked, %(selectors)s, '') AS unmarked) d
            WHERE id = ANY(%(ids)s)
            """,  # noqa: S608 (names of our own tables)
            {
                "ids": ids,
                "text": text,
                "bare": without_accents(text),
                "marks": MARKS,
                "spaces": " " * len(MARKS),
                "accented": ACCENTED,
                "plain": BARE,
                "options": f'StartSel="{START}", StopSel="{STOP}", {options}',
                "selectors": START + STOP,
            },
        )
        return {
            row_id: pieces(marked, written, before=before, after=after)
            for row_id, marked, written, before, after in cursor.fetchall()
        }


def pieces(marked: str, written: str, *, before: bool, after: bool) -> Pieces:
    """The marks of one text moved over to another of the same length. `before` and `after`: the
    text goes on there, which an ellipsis shows."""
    if len(written) != len(marked) - marked.count(START) - marked.count(STOP):
        written = marked.replace(START, "").replace(STOP, "")  # it was not found in the text
    found: list[tuple[str, bool]] = [("…", False)] if before else []
    place, is_match, part = 0, False, ""
    for character in marked + START:
        if character not in (START, STOP):
            part += written[place]
            place += 1
            continue
        if part:
            found.append((part, is_match))
        is_match, part = character == START, ""
    return [*found, ("…", False)] if after else found
