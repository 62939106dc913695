from django.contrib import admin
from django.urls import include, path

from portal import views

urlpatterns = [
    path("", views.home, name="home"),
    path("", include("conditions.urls")),
    path("", include("accounts.urls")),
    path("health/live", views.health_live, name="health_live"),
    path("admin/", admin.site.urls),
]
