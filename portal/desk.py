"""The editors' desk: Django's admin under the site's own name and its own Content-Security-Policy."""

from csp.decorators import csp_update
from django.conf import settings
from django.contrib.admin import AdminSite


class DeskSite(AdminSite):
    site_header = site_title = settings.SITE_NAME
    index_title = "Editors' desk"

    def get_urls(self):
        """Leave out the one pattern that looks at no right: it leads from any row's number to its address."""
        return [url for url in super().get_urls() if getattr(url, "name", None) != "view_on_site"]

    def admin_view(self, view, cacheable=False):
        """Give the pages of the admin, and no others, what the rich text editor needs of the policy."""
        return csp_update(settings.ADMIN_CSP)(super().admin_view(view, cacheable))
