import re

from django import template
from django.conf import settings
from django.template.defaultfilters import stringfilter

register = template.Library()

WORDS = re.compile(r"your\s+local\s+emergency\s+number", re.IGNORECASE)


@register.filter(is_safe=True)  # the number is digits and spaces: settings let nothing else through
@stringfilter
def with_emergency_number(text):
    """The text with the number in the place of “your local emergency number”, where the site knows its country's."""
    return WORDS.sub(settings.EMERGENCY_NUMBER, text) if settings.EMERGENCY_NUMBER else text
