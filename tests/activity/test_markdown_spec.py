"""The dialect against the CommonMark specification's own examples."""

import html
import re
from html.parser import HTMLParser

from activity.streaming.markdown import render

from .markdown_documents import SPEC

RAW_HTML = {"HTML blocks", "Raw HTML"}
OUR_OWN = {"<p", "<em", "<strong", "<code", "<pre", "<blockquote", "<ul", "<li"}
OTHER_BY_DESIGN = {
    # Raw HTML is shown as text, in other sections too.
    *(21, 31, 201, 308, 309, 344, 475, 476, 477, 491, 494, 524, 536, 642, 643),
    # Bare addresses become links.
    *(602, 608, 611, 612),
    # \[ and \] enclose a formula.
    12,
}


class Outline(HTMLParser):
    """Tags and text in order, without what our pages add to or leave out of CommonMark's HTML."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.events: list[str] = []
        self._links: list[bool] = []
        self._caption = False
        self.feed(source)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attributes)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = dict(attributes)
        if tag == "figcaption":
            self._caption = True
        elif tag == "a":
            address = found.get("href") or ""
            self._links.append(address.startswith(("http://", "https://", "mailto:")))
            if self._links[-1]:
                self.events.append(f"a {address} {found.get('title')}")
        elif tag == "img":
            self._image(found)
        elif tag not in {"figure", "span", "copy-code", "div"}:
            start = f" {found['start']}" if "start" in found else ""
            self.events.append({"h1": "h2"}.get(tag, tag) + start)

    def _image(self, found: dict[str, str | None]) -> None:
        text, address = found.get("alt") or found["src"] or "", found["src"] or ""
        if address.startswith("http") and True not in self._links:
            self.events += [f"a {address} None", f"text {text}", "/a"]
        else:
            self.handle_data(text)

    def handle_endtag(self, tag: str) -> None:
        if tag == "figcaption":
            self._caption = False
        elif tag == "a":
            if self._links.pop():
                self.events.append("/a")
        elif tag not in {"figure", "span", "copy-code", "div"}:
            self.events.append("/" + {"h1": "h2"}.get(tag, tag))

    def handle_data(self, data: str) -> None:
        if self._caption:
            return
        if self.events and self.events[-1].startswith("text "):
            self.events[-1] += data
        else:
            self.events.append(f"text {data}")

    def outline(self) -> list[str]:
        return [e for e in self.events if not (e.startswith("text ") and not e[5:].strip())]


def differing() -> dict[int, str]:
    found = {}
    for example in SPEC:
        if example["section"] in RAW_HTML or example["example"] in OTHER_BY_DESIGN:
            continue
        ours, theirs = Outline(render(example["markdown"])), Outline(example["html"])
        if ours.outline() != theirs.outline():
            found[example["example"]] = f"{ours.outline()} != {theirs.outline()}"
    return found


def test_the_examples_of_the_specification_look_as_they_should() -> None:
    assert differing() == {}


def test_raw_html_is_shown_as_text() -> None:
    for example in SPEC:
        if example["section"] in RAW_HTML:
            shown = html.unescape(re.sub("<[^>]*>", "", render(example["markdown"])))
            for tag in re.findall(r"<[a-z]+", example["html"]):
                if tag not in OUR_OWN:
                    assert tag in shown, example
