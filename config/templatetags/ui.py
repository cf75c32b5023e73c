"""Template tags for the shared pieces of the interface."""

from functools import cache
from typing import Any

from django import template
from django.forms import BoundField
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()

THEME_COLORS = {"light": "#f3f1ed", "dark": "#0f0e0d"}  # --bg-app; a meta tag knows no variables


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """An icon of the sprite, hidden from screen readers. `size`: "" (18 px) or "sm" (15 px)."""
    return _icon(name, size)


@cache  # a page has hundreds of them, and the sprite's name is that of its content
def _icon(name: str, size: str) -> SafeString:
    css = f"icon icon-{size}" if size else "icon"
    return format_html(
        '<svg class="{}" aria-hidden="true"><use href="{}#i-{}"/></svg>',
        css,
        static("icons/sprite.svg"),
        name,
    )


@register.simple_tag
def control(field: BoundField, hint: bool = True) -> SafeString:
    """The input of a form field, styled, without a placeholder: its label is always visible.
    `hint`: whether the field's help text is on the page and can describe it."""
    css = "select" if field.widget_type == "select" else "input"
    attrs: dict[str, str | bool] = {"class": css, "placeholder": False}
    if not hint:
        attrs["aria-describedby"] = f"{field.auto_id}_error" if field.errors else False
    return field.as_widget(attrs=attrs)


def chosen_theme(context: dict[str, Any]) -> str:
    """ "light", "dark", or "" for the system's."""
    theme = getattr(context.get("user"), "theme", "")
    return theme if theme in THEME_COLORS else ""


@register.simple_tag
def time_zone() -> str:
    """The name of the zone that the page's times and days are in."""
    return str(timezone.get_current_timezone())


@register.simple_tag(takes_context=True)
def theme_attribute(context: dict[str, Any]) -> SafeString:
    """The `data-theme` attribute of <html>, absent when the system decides."""
    theme = chosen_theme(context)
    return format_html(' data-theme="{}"', theme) if theme else SafeString("")


@register.simple_tag(takes_context=True)
def theme_colors(context: dict[str, Any]) -> SafeString:
    """Colours of the browser's own bars, one tag for each system scheme."""
    theme = chosen_theme(context)
    return format_html_join(
        "\n",
        '<meta name="theme-color" content="{}" media="(prefers-color-scheme: {})"'
        ' data-scheme="{}" data-light="{}" data-dark="{}">',
        (
            (THEME_COLORS[theme or scheme], scheme, scheme, *THEME_COLORS.values())
            for scheme in THEME_COLORS
        ),
    )
