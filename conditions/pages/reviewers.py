"""The page about a clinician who reviews articles."""

from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from conditions.models import Reviewer, Revision


@require_safe
def reviewer(request, slug):
    """Show who the person is, and the articles that readers have which this person reviewed last; samples count as unreviewed."""
    person = get_object_or_404(Reviewer, slug=slug)
    reviewed = (
        Revision.objects.visible_to(request.user)
        .published()
        .filter(article__reviewed_by=person, article__reviewed_on__isnull=False, is_sample=False)
        .select_related("article")
        .order_by("-article__reviewed_on", "title")
    )
    return render(request, "conditions/reviewer_detail.html", {"reviewer": person, "reviewed": reviewed})
