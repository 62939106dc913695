from django.shortcuts import render
from django.views.decorators.http import require_safe

from conditions.finding import LONGEST_QUERY, find


@require_safe
def search(request):
    """Show what a reader's words lead to. The words are kept nowhere."""
    query = request.GET.get("q", "").strip()[:LONGEST_QUERY]
    return render(request, "conditions/search.html", {"query": query, **find(query)})
