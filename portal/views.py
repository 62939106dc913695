"""Pages of the site itself: home, papers, health, errors."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
def home(request):
    return render(request, "home.html")


def csrf_failure(request, reason=""):
    """Answer a form whose token is missing or old, without blame; nothing was changed."""
    return render(request, "403_csrf.html", status=403)


@require_safe
def health_live(request):
    """Answer that the process is up; nothing else is asked."""
    return HttpResponse("ok\n", content_type="text/plain")
