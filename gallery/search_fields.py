"""What an image is found by: the prompt it was made from, and the caption and hashtags of its post.

Its owner is a lexeme of the vector, too. So one index answers "the word, of this person": without
that, a common word of other people would hide the few images of somebody that have it.
"""

from typing import Any
from uuid import UUID

from django.contrib.postgres.search import SearchQuery, SearchVector, SearchVectorField
from django.db.models import F, Func, Value
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Left

from activity.search_fields import STEMMED, SearchField, bare, spaced

CHARS = 20_000  # of each of the two texts: a vector is at most 1 MB
OWNER = "owner:"


class OwnedBy(SearchQuery):
    """The images of a person, by the lexeme that says so. No word has a colon in it."""

    template = "(%(expressions)s)::tsquery"

    def __init__(self, user_id: UUID) -> None:
        super().__init__(Value(f"'{OWNER}{user_id}'"))


def image_words() -> SearchField:
    texts = Left(F("prompt"), CHARS), Left(F("words"), CHARS)
    text = spaced(Func(*texts, function="", arg_joiner=" || ' ' || "))
    vector: Any = SearchVector(bare(text), config="simple")
    for language in STEMMED:
        vector += SearchVector(text, config=language)
    owner = Func(
        F("owner"), template=f"array_to_tsvector(ARRAY['{OWNER}' || %(expressions)s::text])"
    )
    field = SearchVectorField()
    return SearchField(
        expression=CombinedExpression(vector, "||", owner, output_field=field),
        output_field=field,
        db_persist=True,
    )
