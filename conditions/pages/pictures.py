"""The files of pictures. A front server or object storage may give them in its place."""

from csp.constants import NONE, UNSAFE_INLINE
from csp.decorators import csp
from django.core.files.storage import default_storage
from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from conditions.pictures import FOLDER

TYPES = {"avif": "image/avif", "webp": "image/webp", "jpg": "image/jpeg", "png": "image/png", "svg": "image/svg+xml"}
# Opened by itself, a drawing is a page of this site: it may style itself and do nothing else.
ALONE = {"default-src": [NONE], "style-src": [UNSAFE_INLINE], "sandbox": True}


@require_safe
@csp(ALONE)
def picture(request, digest, name):
    try:
        with default_storage.open(f"{FOLDER}/{digest}/{name}") as file:
            return HttpResponse(file.read(), content_type=TYPES[name.rpartition(".")[2]])
    except FileNotFoundError:
        raise Http404 from None
