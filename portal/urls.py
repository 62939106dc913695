from django.contrib import admin
from django.contrib.sitemaps.views import sitemap
from django.urls import include, path
from django.views.generic import TemplateView

from portal import health, styleguide, views
from portal.sitemaps import SITEMAPS

urlpatterns = [
    path("", views.home, name="home"),
    *(
        path(f"{name}/", TemplateView.as_view(template_name=f"papers/{name}.html"), name=name)
        for name in ("about", "terms", "disclaimer", "contact", "privacy", "accessibility")
    ),
    path("", include("conditions.urls")),
    path("", include("accounts.urls")),
    path("site.webmanifest", views.manifest, name="manifest"),
    path("styleguide/", styleguide.styleguide, name="styleguide"),
    path("robots.txt", views.robots, name="robots"),
    path("sitemap.xml", sitemap, {"sitemaps": SITEMAPS}, name="sitemap"),
    path("health/live", health.live, name="health_live"),
    path("health/ready", health.ready, name="health_ready"),
    path("admin/", admin.site.urls),
]

handler400 = "portal.errors.bad_request"
handler403 = "portal.errors.permission_denied"
handler404 = "portal.errors.page_not_found"
handler429 = "portal.errors.too_many_requests"  # allauth's
handler500 = "portal.errors.server_error"
