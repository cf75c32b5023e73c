"""The last word on what a page shows: an allow-list, and links that lead nowhere private."""

import re

import nh3

_REL = "noopener noreferrer nofollow"
_CLEANER = nh3.Cleaner(
    tags={
        *("p", "br", "hr", "h2", "h3", "h4", "h5", "h6", "blockquote", "ul", "ol", "li"),
        *("a", "em", "strong", "del", "code", "figure"),
        *("table", "thead", "tbody", "tr", "th", "td"),
        *("span", "tex-math"),  # our own: whatever a model writes is escaped by now
    },
    attributes={"a": {"href", "title"}, "ol": {"start"}, "th": {"align"}, "td": {"align"}},
    allowed_classes={"span": {"box"}, "tex-math": {"block"}},
    link_rel=_REL,
    set_tag_attribute_values={"a": {"target": "_blank"}},
    url_schemes={"http", "https", "mailto"},
    url_relative="deny",
)
_LINK = re.compile(r"<a( [^>]*)>(.*?)</a>", re.DOTALL)
_IMAGE_OR_LINK = re.compile(
    r'<img src="(?P<source>[^"]*)" alt="(?P<text>[^"]*)"[^>]*>|(?P<open><a )|(?P<close></a>)'
)


def sanitise(html: str) -> str:
    """`html` with only allowed tags and attributes; a link without an address is its text."""
    clean = _CLEANER.clean(html)
    if "<a " in clean:
        return _LINK.sub(lambda m: m[0] if 'href="' in m[1] else m[2], clean)
    return clean


def images_to_links(html: str) -> str:
    """Images become links (or their text, within a link): a page asks no other site for one."""
    inside = False

    def replace(match: re.Match[str]) -> str:
        nonlocal inside
        if match["open"] or match["close"]:
            inside = bool(match["open"])
            return match[0]
        text = match["text"] or match["source"]
        return text if inside else f'<a href="{match["source"]}">{text}</a>'

    return _IMAGE_OR_LINK.sub(replace, html)
