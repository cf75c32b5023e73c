"""What the server makes of the corpora, whole and cut anywhere, by an allow-list parser."""

import pytest

from activity.streaming.markdown import IncrementalRenderer, render
from tests.activity.test_markdown_safety import Inspector
from tests.security.corpora import ALL, BLNS, OWASP


def test_whole_texts_make_only_what_is_allowed() -> None:
    for text in ALL:
        Inspector(render(text))


def test_one_text_of_all_makes_only_what_is_allowed() -> None:
    Inspector(render("\n\n".join(ALL)))
    Inspector(render("\n".join(ALL)))


@pytest.mark.parametrize("part", range(8))
def test_texts_cut_at_every_character_make_only_what_is_allowed(part: int) -> None:
    for text in [*OWASP, *(one for one in BLNS if len(one) < 400)][part::8]:
        renderer = IncrementalRenderer()
        for character in text:
            renderer.feed(character)
            Inspector(renderer.closed_html + renderer.tail_html)
        Inspector(renderer.finish())
