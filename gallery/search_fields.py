"""What an image is found by: the prompt it was made from, and the caption and hashtags of its post.

Its owner is a lexeme of the vector, too. So one index answers "the word, of this person": without
that, a common word of other people would hide the few images of somebody that have it.
"""

from uuid import UUID

from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db.models import F, Func
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Left

from activity.search_fields import STEMMED, SearchField, bare, spaced

CHARS = 20_000  # of each of the two texts: a vector is at most 1 MB
OWNER = "owner:"


def owner_lexeme(user_id: UUID) -> str:
    """As `to_tsquery` takes it without parsing: a quoted lexeme. No word has a colon in it."""
    return f"'{OWNER}{user_id}'"


def image_words() -> SearchField:
    texts = Left(F("prompt"), CHARS), Left(F("words"), CHARS)
    text = spaced(Func(*texts, function="", arg_joiner=" || ' ' || "))
    vector = SearchVector(bare(text), config="simple")
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
