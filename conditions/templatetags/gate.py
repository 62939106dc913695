from django import template
from django.utils.safestring import mark_safe

from conditions.text import with_ellipsis

register = template.Library()


@register.filter
def teaser(markup):
    """The stored teaser as readers see it: it ends in an ellipsis."""
    return mark_safe(with_ellipsis(markup))  # noqa: S308  sanitised on its way into the database


@register.filter
def body(markup):
    """A stored body, which was sanitised on its way into the database."""
    return mark_safe(markup)  # noqa: S308


@register.filter
def way_back(article, section):
    """The path of a section on its article's page: where sign-up and login lead back to."""
    return f"{article.get_absolute_url()}#{section.kind}"
