"""What somebody types into the search box, as Postgres takes it.

All words must be there, in any form that English or Portuguese gives them, with or without
accents; "words in quotes" beside each other, as they are written; -words must not. The last word,
which may not be finished, also finds longer ones.
"""

import re
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_

from django.contrib.postgres.search import SearchQuery, SearchQueryCombinable
from django.db.models import Value

from activity.search_fields import STEMMED, without_accents

PLAIN = "simple"
FORMS = (PLAIN, *STEMMED)
MAX_TERMS = 12
# Shorter beginnings are of so many words that finding them all would take seconds.
MIN_PREFIX = 3
TERM = re.compile(r'(-?)(?:"([^"]*)"?|([^\s"]+))')
WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Term:
    """`words` beside each other; `open`: the last one may go on; `absent`: nowhere."""

    words: tuple[str, ...]
    open: bool = False
    absent: bool = False


def parse(text: str) -> list[Term]:
    found = []
    for sign, quoted, plain in TERM.findall(text):
        if words := tuple(WORD.findall(quoted or plain)):
            found.append(Term(words, absent=sign == "-"))
    found = found[:MAX_TERMS]
    if found and _may_go_on(text, found[-1]):
        found[-1] = Term(found[-1].words, open=True)
    return found


def _may_go_on(text: str, last: Term) -> bool:
    closed = last.absent or len(last.words) > 1 or text.count('"') % 2
    return not closed and text[-1].isalnum() and len(last.words[0]) >= MIN_PREFIX


def query(terms: list[Term]) -> SearchQueryCombinable:
    """Of at least one term. Words that a language passes over, as "the", are in no stem: what is
    asked in each language is asked as a whole, so that they hinder nothing there."""
    asked = [term for term in terms if not term.absent]
    whole = [reduce(and_, [_form(term, config) for term in asked]) for config in FORMS if asked]
    absent = [~_form(term, config) for term in terms if term.absent for config in FORMS]
    return reduce(and_, [*([reduce(or_, whole)] if whole else []), *absent])


def _form(term: Term, config: str) -> SearchQuery:
    """Words beside each other are meant as they are written."""
    if len(term.words) > 1:
        phrase = Value(without_accents(" ".join(term.words)))
        return SearchQuery(phrase, config=PLAIN, search_type="phrase")
    word = without_accents(term.words[0]) if config == PLAIN else term.words[0]
    return SearchQuery(
        Value(f"'{word}'{':*' if term.open else ''}"), config=config, search_type="raw"
    )
