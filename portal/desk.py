"""The editors' desk: Django's admin under the site's own name and its own Content-Security-Policy."""

from functools import wraps

from csp.decorators import csp_update
from django.conf import settings
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied

from conditions.audit import Refused, note
from conditions.dashboard import index_context
from conditions.models import AuditEntry, Revision
from conditions.unsaved import keep_in_session, writer_of


class DeskSite(AdminSite):
    site_header = site_title = settings.SITE_NAME
    index_title = "Editors' desk"

    def get_urls(self):
        """Leave out the one pattern that looks at no right: it leads from any row's number to its address."""
        return [url for url in super().get_urls() if getattr(url, "name", None) != "view_on_site"]

    def index(self, request, extra_context=None):
        """Show the desk's first page, with what waits and how the articles are doing for those who may see drafts."""
        return super().index(request, (extra_context or {}) | index_context(request))

    def admin_view(self, view, cacheable=False):
        """Give the pages of the admin, and no others, what the rich text editor needs of the policy.

        What is refused here is written down, and a draft's form that comes after the login has ended is kept.
        """
        guarded = super().admin_view(view, cacheable)

        @wraps(guarded)
        def watched(request, *args, **kwargs):
            at, is_sent = request.resolver_match, request.method == "POST"
            if is_sent and at.view_name == "admin:conditions_revision_change" and not request.user.is_authenticated:
                is_kept = keep_in_session(request, at.kwargs["object_id"])
                if not is_kept and writer_of(request.POST):
                    return self.get_model_admin(Revision).unkept(request, "Your login has ended")
            try:
                return guarded(request, *args, **kwargs)
            except Refused:
                raise  # written down where it was refused
            except PermissionDenied:
                if is_sent and request.user.is_staff:
                    which = " ".join(map(str, at.kwargs.values()))
                    note(AuditEntry.Act.REFUSED, None, request.user, f"{at.view_name.removeprefix('admin:')} {which}".strip())
                raise

        return csp_update(settings.ADMIN_CSP)(watched)
