"""What a cache may keep. The rule is said here alone, and no view says anything of its own."""

from django.conf import settings
from django.utils.cache import patch_vary_headers

from portal.doors import is_file, is_public

# A copy is asked for again each time, by a browser; a shared cache may answer for a minute, so that a withdrawal is gone by then.
SHARED = "public, max-age=0, s-maxage=60"
KEPT = "public, max-age=31536000, immutable"  # seconds: a year
PRIVATE = "private, no-store"
SHARED_STATUSES = {200, 301, 410}  # and 304, which ConditionalGet makes of a 200
PERSONAL_COOKIES = {settings.SESSION_COOKIE_NAME, "messages"}


def unstored_unless_said(get_response):
    """Answers that are made before `delivery` is asked (a redirect to https, a failed precondition) are not stored either."""

    def middleware(request):
        response = get_response(request)
        response.headers.setdefault("Cache-Control", PRIVATE)
        return response

    return middleware


def delivery(get_response):
    def middleware(request):
        response = get_response(request)
        if may_be_kept(request, response):
            response["Cache-Control"] = KEPT
        elif may_be_shared(request, response):
            response["Cache-Control"] = SHARED
            patch_vary_headers(response, ["Cookie", "Accept-Encoding"])  # on a 304 too, which is not compressed
        else:
            response["Cache-Control"] = PRIVATE
        return response

    return middleware


def may_be_kept(request, response):
    """Say whether an answer is a file that never changes: the same for everybody, whatever cookies they send."""
    return (
        request.method in ("GET", "HEAD")
        and response.status_code == 200  # and 304, as above
        and request.resolver_match is not None
        and is_file(request.resolver_match.view_name)
        and not response.cookies
    )


def may_be_shared(request, response):
    """Say whether an answer is the same for every visitor: a public page, asked for and given without a personal cookie."""
    return (
        request.method in ("GET", "HEAD")
        and response.status_code in SHARED_STATUSES
        and request.resolver_match is not None
        and is_public(request.resolver_match.view_name)
        and not PERSONAL_COOKIES & request.COOKIES.keys()
        and not response.cookies
    )
