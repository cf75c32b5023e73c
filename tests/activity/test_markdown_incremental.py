"""A streamed answer shows, after every piece, what its text so far would show at once."""

import os
import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activity.streaming.markdown import IncrementalRenderer, growth, render
from activity.streaming.markdown.blocks import block_html

from . import markdown_documents as documents

# More documents a test: MARKDOWN_FUZZ=20 takes some minutes.
TIMES = int(os.environ.get("MARKDOWN_FUZZ", "1"))


class Viewer:
    """Applies deltas as a page does, counting in UTF-16 units."""

    def __init__(self) -> None:
        self.closed = ""
        self._tail = b""

    @property
    def tail(self) -> str:
        return self._tail.decode("utf-16-le")

    def apply(self, drop: int, add: str, close: int) -> None:
        assert 2 * drop <= len(self._tail)
        self._tail = self._tail[: len(self._tail) - 2 * drop] + add.encode("utf-16-le")
        assert 2 * close <= len(self._tail)
        self.closed += self._tail[: 2 * close].decode("utf-16-le")
        self._tail = self._tail[2 * close :]


def shown_at_once(text: str) -> str:
    renderer = IncrementalRenderer()
    renderer.feed(text)
    return renderer.closed_html + renderer.tail_html


def follow(parts: list[str], *, every: int = 1) -> IncrementalRenderer:
    """Stream `parts` to a viewer and compare what it has with the whole, `every` so often.

    Definitions may come after their use; then only the end is the same.
    """
    renderer, viewer, text, closed = IncrementalRenderer(), Viewer(), "", ""
    definitions = "]:" in "".join(parts)
    for number, part in enumerate(parts):
        viewer.apply(*renderer.feed(part))
        text += part
        closed += renderer.closed_added
        assert viewer.tail == renderer.tail_html
        if number % every == 0 or number == len(parts) - 1:
            assert viewer.closed == closed == renderer.closed_html
            if not definitions:
                assert closed + viewer.tail == shown_at_once(text), text
    assert renderer.text == text
    assert renderer.finish() == render(text)
    return renderer


def as_one_block(text: str) -> str:
    """What the Markdown library makes of the whole document, without any cut."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return block_html(text, "", closed=True, cache={})


def without_paragraphs(html: str) -> str:
    """Neighbouring blocks of raw HTML share a paragraph only when they are rendered together."""
    return re.sub(r"</?p>|<br>|\s", "", html)


@pytest.fixture
def _growing_early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growth, "MIN_LENGTH", 0)


POOLS = {
    "blocks": documents.BLOCKS,
    "lists": documents.LISTS,
    "lists and blocks": documents.LISTS + documents.BLOCKS[:20],
    "tables": documents.TABLES,
    "tables in lists": documents.TABLES + documents.LISTS,
    "words": documents.WORDS,
    "HTML": documents.BLOCKS + documents.HTML,
    "HTML in words": documents.WORDS + documents.HTML,
    "references": documents.BLOCKS + documents.REFERENCES * 3,
    "references in words": documents.WORDS + documents.REFERENCES,
    "all": documents.BLOCKS + documents.HTML + documents.REFERENCES + documents.TABLES,
}


@pytest.mark.usefixtures("_growing_early")
@pytest.mark.parametrize("name", POOLS)
def test_random_documents_cut_at_random_show_the_whole(name: str) -> None:
    chance = random.Random(name)
    for _ in range(150 * TIMES):
        text = documents.document(chance, POOLS[name])
        if not text:
            continue
        html = follow(documents.pieces(chance, text)).finish()
        whole = as_one_block(text)
        if "<" in text:
            html, whole = without_paragraphs(html), without_paragraphs(whole)
        assert html == whole, text


@pytest.mark.usefixtures("_growing_early")
@pytest.mark.parametrize(
    "pool",
    [
        documents.NOTES,
        documents.NOTES + documents.BLOCKS,
        documents.FORMULAS,
        documents.FORMULAS + documents.BLOCKS,
        documents.FORMULAS + documents.LISTS + documents.TABLES,
    ],
)
def test_notes_and_formulas_cut_at_random_show_what_they_show_at_once(pool: list[str]) -> None:
    chance = random.Random(1)
    for _ in range(150 * TIMES):
        text = documents.document(chance, pool)
        if text:
            follow(documents.pieces(chance, text))


@pytest.mark.usefixtures("_growing_early")
def test_the_examples_of_the_specification_survive_every_cut() -> None:
    for example in documents.SPEC:
        text = example["markdown"]
        follow(list(text))
        for cut in range(0, len(text), max(1, len(text) // 12)):
            follow([text[:cut], text[cut:]])


@pytest.mark.usefixtures("_growing_early")
@settings(max_examples=150 * TIMES, deadline=None, database=None)
@given(st.lists(st.text("ab1. \n-*_`#>|[]():!<&\\~$\t\"='+é😀", max_size=30), max_size=12))
def test_any_text_shows_the_whole(parts: list[str]) -> None:
    follow(parts)


@settings(max_examples=150 * TIMES, deadline=None, database=None)
@given(st.lists(st.text(st.characters(exclude_categories=()), max_size=20), max_size=8))
def test_any_characters_are_taken(parts: list[str]) -> None:
    renderer, viewer = IncrementalRenderer(), Viewer()
    for part in parts:
        viewer.apply(*renderer.feed(part))
    text = "".join(parts)
    assert renderer.finish() == render(text)
    renderer.text.encode()
    assert "\0" not in renderer.text
    assert len(renderer.text) == len(text)


def test_a_long_document_shows_the_whole() -> None:
    chance = random.Random(1)
    parts = ["## Heading\n\n", "Some **bold** prose that goes on for a while.\n\n", "- an item\n"]
    parts += [
        "- another `item`\n\n",
        "```python\nx = 1\n```\n",
        "| a | b |\n|---|---|\n| 1 | 2 |\n",
    ]
    parts += [
        "\n",
        "Words, and more words, come here. " * 4,
        "> quoted\n\n",
        "1. first\n2. second\n",
    ]
    text = "".join(chance.choice(parts) for _ in range(600))
    cuts = [text[at : at + 13] for at in range(0, len(text), 13)]
    follow(cuts, every=40)
    assert render(text) == as_one_block(text)


def test_a_carriage_return_may_be_cut_from_its_newline() -> None:
    renderer = follow(["a\r", "\nb\r", "\r", "\nc"])
    assert renderer.finish() == "<p>a\nb</p>\n<p>c</p>\n"


def test_the_open_fence_is_plain_and_gets_its_colours_when_it_closes() -> None:
    renderer = IncrementalRenderer()
    renderer.feed("```python\nreturn 1\n")
    assert renderer.closed_html == ""
    assert "<code>return 1\n</code>" in renderer.tail_html
    renderer.feed("```")
    assert "<span" not in renderer.tail_html
    renderer.feed("\n")
    assert '<span class="k">return </span>' in renderer.closed_html
    assert renderer.tail_html == ""


def test_a_block_closes_as_soon_as_nothing_can_change_it() -> None:
    renderer = IncrementalRenderer()
    renderer.feed("one\n\n")
    assert renderer.closed_html == ""
    renderer.feed("t")
    assert (renderer.closed_html, renderer.tail_html) == ("<p>one</p>\n", "<p>t</p>\n")
    assert renderer.closed_added == "<p>one</p>\n"
    renderer.feed("wo")
    assert renderer.closed_added == ""


def test_references_hold_for_what_follows_and_in_the_end_for_all() -> None:
    renderer = IncrementalRenderer()
    renderer.feed('[x] before\n\n[x]: https://a.b "T"\n\nthen [x]\n\nend')
    assert renderer.closed_html.count("<a ") == 1
    assert renderer.finish().count('<a href="https://a.b" title="T"') == 2


def test_a_delta_counts_utf16_units_and_splits_no_pair() -> None:
    renderer = IncrementalRenderer()
    renderer.feed("*😀")
    drop, add, close = renderer.feed("😁")
    assert (drop, add, close) == (len("</p>\n"), "😁</p>\n", 0)
    assert renderer.feed("*").drop == len("*😀😁</p>\n".encode("utf-16-le")) // 2
