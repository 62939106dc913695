"""What a reader is told where there is no page to give: in plain words, without blame, with a way on."""

import sqlite3
import sys

import psycopg
from django.db import Error as DatabaseError
from django.db import InterfaceError, OperationalError
from django.http import HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.template.loader import get_template

from portal import near
from portal.context_processors import site

RETRY_AFTER = "30"  # seconds


def bad_request(request, exception):
    return page(request, 400)


def permission_denied(request, exception):
    return page(request, 403)


def page_not_found(request, exception):
    """Offer what the address may have meant, to those who asked for a page; nobody's words are kept or logged."""
    return page(request, 404, suggestions(request.path) if request.method == "GET" else {})


def suggestions(path):
    try:
        return near.suggestions(path)
    except DatabaseError:
        return {"words": near.words_of(path)}


def too_many_requests(request):
    return page(request, 429)


def server_error(request):
    """Answer 503 where the database cannot be asked, and 500 for all else. Django calls it while it handles the exception."""
    if not is_out_of_reach(sys.exc_info()[1]):
        return bare_page(request, 500)
    response = bare_page(request, 503)
    response["Retry-After"] = RETRY_AFTER
    return response


def is_out_of_reach(error):
    """Say whether `error` is a database that does not answer, or has no connection left."""
    # Of a missing table SQLite says the same as of a locked file: that is a mistake of ours, and waiting does not mend it.
    if getattr(getattr(error, "__cause__", None), "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR:
        return False
    return isinstance(error, (OperationalError, InterfaceError, psycopg.OperationalError))


def page_for_not_allowed(get_response):
    """Give a browser a page where a view refuses the method; a program that asks for no HTML gets the bare answer."""

    def middleware(request):
        response = get_response(request)
        if not isinstance(response, HttpResponseNotAllowed) or "text/html" not in request.headers.get("Accept", ""):
            return response
        told = page(request, 405)
        told["Allow"] = response["Allow"]
        return told

    return middleware


def page(request, status, context=None):
    """Return the page of `status`, inside the site's header and footer, or without them where the database fails.

    The header asks who is logged in.
    """
    try:
        return render(request, f"{status}.html", context, status=status)
    except DatabaseError:
        return bare_page(request, status, context)


def bare_page(request, status, context=None):
    """Return the page of `status` without asking the database, the session, the manifest of static files or a context processor."""
    told = {"layout": "bare.html", **site(request), **(context or {})}
    return HttpResponse(get_template(f"{status}.html").render(told), status=status)
