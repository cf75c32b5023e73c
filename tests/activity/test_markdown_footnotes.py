"""Footnotes: whole, while they are written, and beside those of other answers."""

import re

import pytest

from activity.streaming.markdown import IncrementalRenderer, render

from .test_markdown_safety import Inspector

TEXT = """First[^b] and *second[^a]*, first again[^b], `[^a]`, none[^none].

- an item[^c-d]

[^a]: A *note*
    that goes on.

    And on[^b].
[^b]: https://example.com/page
[^c-d]: Last.
"""


def ids(html: str) -> list[str]:
    return re.findall(r' id="([^"]*)"', html)


def targets(html: str) -> list[str]:
    return re.findall(r' href="#([^"]*)"', html)


def test_marks_are_numbered_in_their_order_and_lead_there_and_back() -> None:
    html = render(TEXT, scope="x")
    Inspector(html)
    marks = re.findall(r'<sup class="mark"[^>]*><a href="#nx\.([\w-]+)">(\d)</a></sup>', html)
    assert marks == [("b", "1"), ("a", "2"), ("b", "1"), ("c-d", "3"), ("b", "1")]
    assert sorted(ids(html)) == ["mx.a", "mx.b", "mx.c-d", "nx.a", "nx.b", "nx.c-d"]
    assert set(targets(html)) <= set(ids(html))
    assert '<div class="note" id="nx.a"><a class="mark" href="#mx.a">2</a>' in html


def test_a_mark_without_a_note_and_one_in_code_are_text() -> None:
    html = render(TEXT)
    assert "none[^none]." in html
    assert "<code>[^a]</code>" in html


def test_a_note_goes_on_over_indented_lines_and_its_links_are_links() -> None:
    html = render(TEXT)
    assert "<p>A <em>note</em>\nthat goes on.</p>\n<p>And on<sup" in html
    assert '<div><p><a href="https://example.com/page"' in html


def test_a_note_whose_text_is_an_address_makes_no_link_of_its_mark() -> None:
    html = render("[^1]: https://a.b/\n\nlater[^1] and [^1] again")
    assert html.count('href="https://a.b/"') == 1
    assert html.count('<sup class="mark"') == 2


def test_two_answers_share_no_id() -> None:
    assert not set(ids(render(TEXT, scope="1"))) & set(ids(render(TEXT, scope="2")))


def test_a_note_defined_twice_has_one_id() -> None:
    html = render("a[^1]\n\n[^1]: b\n[^1]: c\n\n[^1]: d")
    assert len(ids(html)) == len(set(ids(html))) == 2
    assert all(f"<p>{letter}</p>" in html for letter in "bcd")


@pytest.mark.parametrize("size", [1, 2, 5, 17])
def test_notes_stream_as_they_are_shown_at_once(size: int) -> None:
    renderer = IncrementalRenderer(scope="x")
    for start in range(0, len(TEXT), size):
        renderer.feed(TEXT[start : start + size])
        Inspector(renderer.closed_html + renderer.tail_html)
        at_once = IncrementalRenderer(scope="x")
        at_once.feed(TEXT[: start + size])
        assert renderer.closed_html + renderer.tail_html == (
            at_once.closed_html + at_once.tail_html
        )
    assert '<sup class="mark"><a href="#nx.b">b</a></sup>' in renderer.closed_html
    assert renderer.finish() == render(TEXT, scope="x")
