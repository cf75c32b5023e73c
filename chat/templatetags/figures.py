"""Filters for the figures under an answer."""

from decimal import Decimal

from django import template
from django.utils.formats import number_format

register = template.Library()


@register.filter
def usd(cost: Decimal) -> str:
    """US dollars: cents, or two significant digits of a smaller amount. "$0.0042" """
    places = 2
    if cost and abs(cost) < Decimal("0.1"):
        places = max(2, 1 - cost.adjusted())
    rounded = round(cost, places)  # number_format only cuts off
    while places > 2 and rounded == round(rounded, places - 1):
        places -= 1
    return f"${number_format(rounded, decimal_pos=places)}"
