from django.apps import AppConfig
from django.contrib.admin import apps as admin


class PortalConfig(AppConfig):
    name = "portal"


class DeskConfig(admin.AdminConfig):
    """Django's admin, as the editors' desk."""

    default = False  # settings name it in the place of django.contrib.admin
    default_site = "portal.desk.DeskSite"
