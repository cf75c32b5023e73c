"""Fetching an endpoint's list of models."""

import json

import pytest

from providers.base import Endpoint
from providers.openai_compatible.model_list import _query, fetch_model_list
from providers.sessions import Sessions
from tests.providers.wire import SHORT, head, sends, wire


def page(*slugs: str, after: object = None):
    document = {"data": [{"id": slug} for slug in slugs], "links": {"next": after}}
    return sends(head(kind="application/json"), json.dumps(document).encode())


async def fetch(*scripts):
    async with wire(*scripts) as served, Sessions(SHORT) as sessions:
        endpoint = Endpoint("openai", served.base_url, "", allow_private=True)
        found = await fetch_model_list(endpoint, sessions)
        return found, [request.path for request in served.requests]


async def test_a_list_in_pages_is_one_list():
    found, paths = await fetch(
        page("a", after="/api/v1/models?offset=1"),
        page("b", after="https://elsewhere.example/steal?offset=2"),
        page("c"),
    )

    assert [each["id"] for each in found["data"]] == ["a", "b", "c"]
    assert paths == ["/v1/models", "/v1/models?offset=1", "/v1/models?offset=2"]


@pytest.mark.parametrize("after", [None, 7, "", "/models", {"x": 1}])
async def test_what_names_no_next_page_is_the_last(after):
    found, paths = await fetch(page("a", after=after))

    assert (len(found["data"]), len(paths)) == (1, 1)


async def test_pages_that_never_end_are_left():
    found, paths = await fetch(page("a", after="?offset=1"), page(after="?offset=1"))

    assert (len(found["data"]), len(paths)) == (1, 2)


@pytest.mark.parametrize(
    ("base_url", "query"),
    [
        ("https://openrouter.ai/api/v1", "?output_modalities=text,image"),
        ("https://eu.openrouter.ai/api/v1", "?output_modalities=text,image"),
        ("https://api.openai.com/v1", ""),
        ("https://notopenrouter.ai/v1", ""),
    ],
)
def test_only_openrouter_is_asked_for_models_of_images(base_url, query):
    assert _query(Endpoint("openai", base_url, "")) == query
