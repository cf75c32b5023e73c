"""Template tags of the account pages."""

from django import template

from accounts import signup

register = template.Library()


@register.simple_tag
def signup_state() -> signup.SignupState:
    """ "first", "open" or "closed"."""
    return signup.signup_state()
