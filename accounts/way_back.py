"""Where a reader goes after signing up or logging in, and the address they typed on the way.

Both stay in the session, so that no step can lose them, no address (URL) shows who is reading, and no mail tells a wrong mailbox
what was read. The session of somebody who is not logged in ends an hour after the last step, and with it the way back; a login
ends it at once. So it never waits for the next person at the same screen.
"""

import unicodedata
from urllib.parse import unquote, urlsplit, urlunsplit

from django.contrib.auth import REDIRECT_FIELD_NAME
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

HOLD = 60 * 60  # seconds
LONGEST = 1_000  # characters
PATH, ADDRESS, PAGE = "way_back", "typed_address", "typed_on_page"

# Going "back" to one of these would lead in a circle, or out again. What stands below them (the code page) counts too.
NO_PLACE_TO_GO = [
    "account_login",
    "account_logout",
    "account_signup",
    "account_inactive",
    "account_reauthenticate",
    "account_reset_password",
    "account_email_verification_sent",
    "accounts:start",
    "admin:login",
    "admin:logout",
]


def own_path(request, url):
    """Return path, query and fragment of a URL on this site; None for anything else."""
    if not url or len(url) > LONGEST or not all(map(is_plain, url)):
        return None
    if not url_has_allowed_host_and_scheme(url, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        return None
    parts = urlsplit(url)
    # Two slashes would make a host of what follows, once our own host is taken off.
    if not parts.path.startswith("/") or parts.path.startswith("//"):
        return None
    return urlunsplit(("", "", parts.path, parts.query, parts.fragment))


def is_plain(character):
    """False for control characters, spaces, and the backslash that browsers read as a slash."""
    return character != "\\" and unicodedata.category(character)[0] not in "CZ"


def wanted(request):
    """Return the place that this request's own `next` asks to come back to; None without one that may be gone to."""
    path = own_path(request, request.POST.get(REDIRECT_FIELD_NAME) or request.GET.get(REDIRECT_FIELD_NAME))
    return path if path and is_place(path) else None


def is_place(path):
    plain = unquote(urlsplit(path).path)
    return not any(plain.startswith(reverse(name)) for name in NO_PLACE_TO_GO)


def keep(request):
    """Keep the place that a visitor's request asks for, over an earlier one; a request without a good one changes nothing."""
    if path := wanted(request):
        request.session[PATH] = path
        request.session.set_expiry(HOLD)


def keep_address(request, address, page):
    """Keep the address a visitor typed and the name of the page where they did: there they can type another one."""
    request.session[ADDRESS] = address
    request.session[PAGE] = page
    request.session.set_expiry(HOLD)


def address(request):
    return request.session.get(ADDRESS, "")


def address_page(request):
    return reverse(request.session.get(PAGE, "account_login"))


def leave(request):
    """Return the kept place or None, and forget all of it: the reader has arrived, and the session lasts as a member's does."""
    request.session.pop(ADDRESS, None)
    request.session.pop(PAGE, None)
    request.session.set_expiry(None)
    return request.session.pop(PATH, None)
