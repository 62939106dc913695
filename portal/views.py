"""Pages of the site itself: home, robots, errors."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from conditions.models import Item, Revision

RECENT = 6  # articles


@require_safe
def home(request):
    recent = (
        Revision.objects.published()
        .filter(article__language=settings.LANGUAGE_CODE)
        .select_related("article")
        .order_by("-published_at", "-pk")
    )
    return render(request, "home.html", {"chapters": Item.objects.chapters().current(), "recent": recent[:RECENT]})


@require_safe
def robots(request):
    """Ask robots to leave out what is not for reading: forms, accounts, results."""
    closed = ["/accounts/", "/admin/", "/me/", "/report/", "/search/"]
    lines = [
        "User-agent: *",
        *(f"Disallow: {path}" for path in closed),
        f"Sitemap: {settings.SITE_URL}{reverse('sitemap')}",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


def csrf_failure(request, reason=""):
    """Answer a form whose token is missing or old, without blame; nothing was changed."""
    return render(request, "403_csrf.html", status=403)
