from django import template
from django.conf import settings
from django.template.defaultfilters import stringfilter

from conditions.text import with_number

register = template.Library()


@register.filter(is_safe=True)  # the number is digits and spaces: settings let nothing else through
@stringfilter
def with_emergency_number(text):
    """The text with the number in the place of “your local emergency number”, where the site knows its country's."""
    return with_number(text, settings.EMERGENCY_NUMBER)
