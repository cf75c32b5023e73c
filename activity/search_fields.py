"""What is found by searching: the words of a text as Postgres keeps them beside it.

One vector holds the words as written but without accents, and the stems of the two languages
that the studio speaks, so nobody has to say which language a text is in.
"""

from typing import Any, TypeVar

from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import F, Func, Value
from django.db.models.functions import Left

# What is said later in a text is not found. A vector is at most 1 MB, and 60,000 characters of
# nothing but different short words in a script of four bytes make 0.8 MB of one.
CHARS = 60_000

# One for one, so that a place in the plain text is the same place in the text.
MARKS = "./@:_-<>=&+#*|~$%\\'\"`()[]{},;!?"
ACCENTED = "áàâãäåéèêëíìîïóòôõöúùûüçñýÁÀÂÃÄÅÉÈÊËÍÌÎÏÓÒÔÕÖÚÙÛÜÇÑÝ"
BARE = "aaaaaaeeeeiiiiooooouuuucnyAAAAAAEEEEIIIIOOOOOUUUUCNY"

M = TypeVar("M", bound=models.Model, covariant=True)

STEMMED = ("english", "portuguese")


def spaced(text: Any) -> Func:
    """The text as words only: parts of addresses, paths and names can be found by themselves."""
    return Func(text, Value(MARKS), Value(" " * len(MARKS)), function="translate")


def bare(text: Any) -> Func:
    """The text without accents."""
    return Func(text, Value(ACCENTED), Value(BARE), function="translate")


def without_accents(text: str) -> str:
    """As `bare` does in the database."""
    return text.translate(str.maketrans(ACCENTED, BARE))


def vector(name: str) -> Any:
    text = spaced(Left(F(name), CHARS))
    found: Any = SearchVector(bare(text), config="simple")
    for language in STEMMED:
        found += SearchVector(text, config=language)
    return found


class SearchField(models.GeneratedField):
    """A search vector that the database keeps. It may be half a megabyte and no page shows it:
    it is neither asked back when a row is saved nor read with one (`WithoutSearch`)."""

    db_returning = False  # type: ignore[assignment]

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.GeneratedField", list(args), dict(kwargs)


def words_of(name: str) -> SearchField:
    """The search vector of the field of this name."""
    return SearchField(expression=vector(name), output_field=SearchVectorField(), db_persist=True)


class WithoutSearch(models.Manager[M]):
    def get_queryset(self) -> models.QuerySet[M]:
        return super().get_queryset().defer("search")
