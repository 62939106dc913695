"""What stands above the desk's list of models: what waits for this person, and how the whole of the articles is doing.

Every list and chart is one query, whatever it holds; the codes without an article are two. Those who may not see drafts have the
plain page, and cost nothing. It is no part of `conditions.admin`: the desk asks for it before there is a desk to register with.
"""

from django.utils import timezone

from conditions.models import Revision

from . import charts, panels


def index_context(request) -> dict:
    """Return what the desk's first page shows besides the list of models; nothing for those who may not see drafts."""
    user = request.user
    if not (user.is_staff and user.has_perm("conditions.view_draft")):
        return {}
    revisions = Revision.objects.visible_to(user)
    today = timezone.localdate()
    lists = [
        panels.waiting_for(user, revisions),
        panels.drafts_of(user, revisions),
        panels.scheduled(revisions),
        panels.reviews_due(today),
        panels.hard_to_read(revisions),
        panels.broken(revisions),
        *([panels.reports()] if user.has_perm("conditions.view_mistakereport") else []),
        panels.wanted(),
    ]
    return {"panels": lists, "charts": [charts.reviews(today), charts.grades(), charts.published(today)]}
