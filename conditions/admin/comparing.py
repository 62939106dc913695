"""Two revisions of an article side by side: what differs is marked word by word, what is the same is folded."""

from functools import partial

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.views.decorators.http import require_safe

from conditions.models import Revision

from .side_by_side import side_by_side


def urls(model_admin):
    """Return the patterns that stand before those of `model_admin`."""
    page = model_admin.admin_site.admin_view(partial(compare_view, model_admin))
    return [path("<int:pk>/compare/", require_safe(page), name="conditions_revision_compare")]


def compare_view(model_admin, request, pk):
    """Show the revision beside the one in `?with=`, or beside the one before it. The older one stands on the left.

    403 for those who view no revisions; 404 for one that does not exist for the viewer, or is another article's.
    """
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    revision = get_object_or_404(Revision.objects.visible_to(request.user).select_related("article"), pk=pk)
    revisions = list(revision.article.revisions.visible_to(request.user).order_by("-number"))
    if (of := request.GET.get("of", str(pk))) != str(pk):
        page = reverse("admin:conditions_revision_compare", args=[chosen(of, revisions).pk])
        return redirect(f"{page}?with={chosen(request.GET.get('with'), revisions).pk}")
    other = chosen(request.GET["with"], revisions) if "with" in request.GET else before(revision, revisions)
    context = {"revisions": revisions, "other": other}
    if other:
        older, newer = sorted([revision, other], key=lambda each: each.number)
        parts = side_by_side(older, newer, request.user)
        context |= {"older": older, "newer": newer, "parts": parts, "differing": [part for part in parts if part.differs]}
    return model_admin.render_question(request, revision, "Compare", "compare.html", context)


def chosen(pk, revisions):
    """Return the one of `revisions` with the key `pk`, a text from the address. Raises Http404 where none has it."""
    found = next((revision for revision in revisions if str(revision.pk) == pk), None)
    if found is None:
        raise Http404
    return found


def before(revision, revisions):
    """Return the one of `revisions`, newest first, that `revision` is usually held against: a draft against what readers have.

    None where there is none before it.
    """
    earlier = [other for other in revisions if other.number < revision.number]
    published = [other for other in earlier if other.state == Revision.State.PUBLISHED and revision.is_open]
    return next(iter(published + earlier), None)
