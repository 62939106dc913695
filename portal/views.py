"""Pages of the site itself: home, robots, errors."""

from django.conf import settings
from django.contrib.admin import site
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.http import require_safe

from conditions.models import Item, Revision
from conditions.unsaved import writer_of
from portal.brand import PAPER

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
    """Ask robots to leave out what is not for reading: forms, accounts, results.

    /preview/ is not among them: a robot that may not open a link cannot see that its address is not to be listed.
    """
    closed = ["/accounts/", "/admin/", "/me/", "/report/", "/search/"]
    lines = [
        "User-agent: *",
        *(f"Disallow: {path}" for path in closed),
        f"Sitemap: {settings.SITE_URL}{reverse('sitemap')}",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@require_safe
def manifest(request):
    """Tell a phone how the site stands on its home screen (https://www.w3.org/TR/appmanifest/)."""
    icons = [{"src": static(f"brand/icon-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png"} for size in (192, 512)]
    told = {
        "name": settings.SITE_NAME,
        "short_name": settings.SITE_NAME,
        "start_url": "/",
        "display": "minimal-ui",
        "background_color": PAPER,
        "theme_color": settings.ACCENT_COLOUR,
        "icons": [*icons, {"src": static("brand/mark.svg"), "sizes": "any", "type": "image/svg+xml"}],
    }
    return JsonResponse(told, content_type="application/manifest+json")


def csrf_failure(request, reason=""):
    """Answer a form whose token is missing or old, without blame; nothing was changed. Of a draft's form its text is shown."""
    is_draft = request.resolver_match and request.resolver_match.view_name == "admin:conditions_revision_change"
    if is_draft and writer_of(request.POST):
        return site.get_model_admin(Revision).unkept(request, "Your login has ended, or your browser keeps no cookies")
    return render(request, "403_csrf.html", status=403)
