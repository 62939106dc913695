"""A revision as readers would see it, whatever its state; and the page of a link, for somebody without an account."""

from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_safe

from conditions.models import GatedText, Revision
from conditions.pages.article import article_context, with_parts
from conditions.sharing import is_open, link_at

NO_TITLE = "(no title yet)"
NO_MEMBERS_TEXT = '<p class="notice">The members’ text of this section is not written yet.</p>'


@require_safe
def shared(request, token):
    """Show the revision that a link leads to; 410 where the link has ended, 404 where there is none or its draft was discarded.

    It is the same page whoever asks: `request.user` is left alone, since to look at it would read the session.
    """
    link = link_at(token)
    if link is None:
        raise Http404
    if is_open(link):
        revision = get_object_or_404(with_parts(Revision.objects.all()), pk=link.revision_id)
        readable = GatedText.objects.shared_by(link)
        page = preview(revision, AnonymousUser(), readable, has_members_text=link.shows_members_text, link=link)
        response = HttpResponse(page)
    else:
        page = render_to_string("conditions/preview_ended.html", request=request_of(AnonymousUser(), reverse("home")))
        response = HttpResponse(page, status=410)
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "no-referrer"  # the address is all that opens the page: no other page is told
    return response


def preview(revision, reader, readable, has_members_text, **told) -> str:
    """Return the page of `revision`, one of `with_parts`, as `reader` would see it who may read the gated texts `readable`.

    `told` is what its banner says: see conditions/article_preview.html.
    """
    revision.title = revision.title or NO_TITLE
    context = article_context(revision, readable)
    for part in context["parts"]:
        # A member is never invited to sign up.
        if has_members_text and part["section"].is_gated and not part["gated_body"]:
            part["gated_body"] = NO_MEMBERS_TEXT
    request = request_of(reader, revision.article.get_absolute_url())
    return render_to_string("conditions/article_preview.html", context | told, request)


def request_of(reader, path) -> HttpRequest:
    """Return a request as `reader` would make it for `path`.

    The frame of every page asks who reads it and at which address: not of those who look at a preview, nor at theirs, which may be
    a link that is meant for one person.
    """
    request = HttpRequest()
    request.method, request.path, request.path_info, request.user = "GET", path, path, reader
    return request
