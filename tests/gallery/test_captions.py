"""A caption out of whatever a model writes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activity.streaming.markdown import render
from gallery.captions import Caption, CaptionReader, NoCaption, as_markdown, from_markdown
from providers.base import TooLarge


def read(answer: str, *, size: int = 1) -> tuple[str, Caption]:
    """What was shown in the end, and the caption, from pieces of this size."""
    reader, shown = CaptionReader(), ""
    for at in range(0, len(answer), size):
        shown += reader.feed(answer[at : at + size])
    return shown, reader.end()


@pytest.mark.parametrize(
    ("answer", "text", "hashtags"),
    [
        ('{"caption": "Clay", "hashtags": ["a", "#b", "A"]}', "Clay", ["a", "b"]),
        ('{"hashtags": ["a"], "caption": "Clay"}', "Clay", ["a"]),
        ('```json\n{"caption": "Clay", "hashtags": []}\n```', "Clay", []),
        ('<think>hm { } </think>{"caption": "Clay"}', "Clay", []),
        ('{"caption": "a\\nb \\"c\\" \\u00e9 \\ud83d\\ude00"}', 'a\nb "c" é 😀', []),
        ('{"caption": "raw\nbreak", "hashtags": "#a b, #c"}', "raw\nbreak", ["a", "b", "c"]),
        ('{"caption": "Cut off in the mid', "Cut off in the mid", []),
        ('{"caption": "Clay", "hashtags": ["one", "tw', "Clay", []),
        ('{"caption": "With tags\\n\\n#a #b"}', "With tags", ["a", "b"]),
        ('{"caption": "Clay", "hashtags": [1, null, {"x": 2}]}', "Clay", ["1", "None", "x2"]),
        ('{"caption": "nul \\u0000, half \\ud800", "hashtags": []}', "nul \ufffd, half \ufffd", []),
        ("Clay and light.\n\n#a #b_c", "Clay and light.", ["a", "b_c"]),
        ("Clay #loved by all.", "Clay #loved by all.", []),
        ("**Caption:** Clay.\n\nHashtags: #a, #b", "Clay.", ["a", "b"]),
        ("Legenda: Luz e barro. #argila", "Luz e barro.", ["argila"]),
        ('"Clay."', "Clay.", []),
        ("{name} is not JSON", "{name} is not JSON", []),
        ("#only #tags", "", ["only", "tags"]),
    ],
)
def test_an_answer_becomes_a_caption(answer: str, text: str, hashtags: list[str]) -> None:
    if not text:
        with pytest.raises(NoCaption):
            read(answer)
        return
    for size in (1, 3, 1000):
        _, caption = read(answer, size=size)
        assert (caption.text, caption.hashtags) == (text, hashtags)


@pytest.mark.parametrize("answer", ["", "   ", "{}", '{"hashtags": ["a"]}', '{"caption": ""}'])
def test_without_a_caption_it_fails(answer: str) -> None:
    with pytest.raises(NoCaption):
        read(answer)


def test_what_has_no_end_is_cut() -> None:
    with pytest.raises(TooLarge):
        read("x" * 100_000, size=1000)


@given(st.text(min_size=1, max_size=300), st.integers(1, 40), st.booleans())
def test_shown_while_it_is_written_it_is_what_is_kept(text: str, size: int, ascii: bool) -> None:
    text = text.encode("utf-8", "ignore").decode()
    answer = json.dumps({"caption": f"a{text}b", "hashtags": []}, ensure_ascii=ascii)
    reader, shown = CaptionReader(), ""
    for at in range(0, len(answer), size):
        shown += reader.feed(answer[at : at + size])
        assert f"a{text}b".startswith(shown)
    assert shown == f"a{text}b"


@given(st.text(max_size=200))
def test_any_text_survives_the_way_over_markdown(text: str) -> None:
    assert from_markdown(as_markdown(text)) == text


@given(st.text(st.characters(categories=("P", "S", "L", "N")), min_size=1, max_size=100))
def test_no_text_is_taken_for_markdown(text: str) -> None:
    html = render(as_markdown(text), scope="x").strip()
    assert html.startswith("<p>")
    assert html.count("<") == 2
