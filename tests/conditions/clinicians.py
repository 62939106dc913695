"""An invented clinician: nobody bears this name."""

from datetime import date

from conditions.models import Reviewer


def clinician(**fields):
    fields = {
        "name": "Wilhelmina Quarrendon-Plum",
        "slug": "wilhelmina-quarrendon-plum",
        "credentials": "Hand surgeon, invented for tests",
        "interests": "None to declare.",
    } | fields
    return Reviewer.objects.get_or_create(slug=fields["slug"], defaults=fields)[0]


def reviewed(article, on=date(2026, 3, 1), due_on=None, by=None):
    """Give `article` a last review and a next one, as the database has them, and return it."""
    article.reviewed_on, article.review_due_on, article.reviewed_by = on, due_on, by
    article.save()
    return article
