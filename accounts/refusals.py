"""Why something that a person asked for was refused: a status for programs, a sentence for people.
Each app has its own; services raise them, views answer with them."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import wraps
from typing import Any, ClassVar, TypeVar

from django.http import HttpResponseBase, JsonResponse

V = TypeVar("V", bound=Callable[..., HttpResponseBase])


class Refusal(Exception, ABC):
    """`values` are what the sentence names."""

    code: ClassVar[str]
    status: ClassVar[int]

    def __init__(self, **values: Any) -> None:
        super().__init__(self.code)
        self.values = values

    @abstractmethod
    def sentence(self) -> str:
        """In the active language."""


def _as_json(refusal: Refusal) -> JsonResponse:
    body = {"error": refusal.code, "message": refusal.sentence()}
    return JsonResponse(body, status=refusal.status)


def refusals_as_json(view: V) -> V:
    """For a view whose caller is a script."""

    @wraps(view)
    def wrapped(*args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(*args, **kwargs)
        except Refusal as refusal:
            return _as_json(refusal)

    return wrapped  # type: ignore[return-value]  # of the view's own type, or JSON
