"""The audit at the desk: all of it as a list, and the history of one article. Nobody writes in it."""

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import PAGE_VAR
from django.core.exceptions import PermissionDenied

from conditions.models import AuditEntry, Revision

from .comparing import before
from .desk import desk_page

ON_A_PAGE = 50


@admin.register(AuditEntry)
class AuditEntryAdmin(admin.ModelAdmin):
    list_display = ["at", "act", "who", "article", "revision_number", "detail"]
    list_filter = ["act", "at", "who"]
    search_fields = ["article", "who"]
    fields = ["at", "act", "who", "article", "revision_number", "detail"]
    list_per_page = ON_A_PAGE

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def has_view_permission(self, request, obj=None):
        """It tells of drafts, so that it is for those who see them."""
        return request.user.has_perm("conditions.view_draft") and super().has_view_permission(request, obj)


def history_view(model_admin, request, object_id):
    """Show who did what to an article, newest first, in the place of Django's own history of it or of one of its revisions.

    It tells of drafts, those too that are no more: 403 for those who see none.
    """
    if not request.user.has_perm("conditions.view_draft"):
        raise PermissionDenied
    found = model_admin.get_object(request, unquote(object_id))
    if found is None:
        return model_admin._get_obj_does_not_exist_redirect(request, model_admin.opts, object_id)
    if not model_admin.has_view_or_change_permission(request, found):
        raise PermissionDenied
    article = found.article if isinstance(found, Revision) else found
    paginator = model_admin.get_paginator(request, AuditEntry.objects.filter(article_pk=article.pk), ON_A_PAGE)
    page = paginator.get_page(request.GET.get(PAGE_VAR))
    context = {
        "title": "History",
        "subtitle": str(article),
        "article": article,
        "object": found,
        "module_name": str(model_admin.opts.verbose_name_plural).capitalize(),
        "page": page,
        "page_range": paginator.get_elided_page_range(page.number),
        "page_var": PAGE_VAR,
        "zone": settings.TIME_ZONE,
        "rows": rows(page.object_list, list(article.revisions.visible_to(request.user).order_by("-number"))),
        "may_view_revisions": model_admin.admin_site.get_model_admin(Revision).has_view_permission(request),
    }
    return desk_page(model_admin, request, "history.html", context)


def rows(entries, revisions):
    """Return [{"entry": …, "revision": the one of `revisions` it tells of, or None, "compared_with": a revision or None}, …].

    Every entry of a revision would lead to one and the same comparison: the newest of these `entries` does.
    """
    by_number = {revision.number: revision for revision in revisions}
    found, is_linked = [], set()
    for entry in entries:
        revision = by_number.get(entry.revision_number)
        # The number of a draft that was discarded is given to the next one.
        if revision and entry.at < revision.created_at:
            revision = None
        compared_with = before(revision, revisions) if revision and revision not in is_linked else None
        is_linked.add(revision)
        found.append({"entry": entry, "revision": revision, "compared_with": compared_with})
    return found
