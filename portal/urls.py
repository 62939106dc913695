from django.contrib import admin
from django.contrib.sitemaps.views import sitemap
from django.urls import include, path
from django.views.generic import TemplateView

from portal import health, views
from portal.sitemaps import SITEMAPS

urlpatterns = [
    path("", views.home, name="home"),
    *(
        path(f"{name}/", TemplateView.as_view(template_name=f"papers/{name}.html"), name=name)
        for name in ("about", "terms", "disclaimer", "contact", "privacy")
    ),
    path("", include("conditions.urls")),
    path("", include("accounts.urls")),
    path("robots.txt", views.robots, name="robots"),
    path("sitemap.xml", sitemap, {"sitemaps": SITEMAPS}, name="sitemap"),
    path("health/live", health.live, name="health_live"),
    path("health/ready", health.ready, name="health_ready"),
    path("admin/", admin.site.urls),
]
