"""Finding by the database alone: codes, titles and names. It reads public columns only, so a visitor and a member find the same."""

from django.conf import settings
from django.db.models import Q

from conditions.codes import parse_code
from conditions.models import Item, Revision
from conditions.serving import serving_revision

LONGEST_QUERY = 200  # characters
MOST_RESULTS = 20
MOST_WORDS = 10  # each costs a look through all titles


def find(text: str, language: str = settings.LANGUAGE_CODE) -> dict[str, list]:
    """Return {"revisions": published revisions, "items": items} for a reader's words; an exact code and its article come first."""
    words = list(dict.fromkeys(text[:LONGEST_QUERY].replace("\x00", " ").split()))[:MOST_WORDS]  # PostgreSQL knows no NUL
    code = parse_code(text)
    exact = list(Item.objects.filter(code=code).order_by("is_block")[:1]) if code else []
    if exact:
        served_by = serving_revision(exact[0].path, language)
        return {"revisions": [served_by] if served_by else [], "items": exact}
    if not words:
        return {"revisions": [], "items": []}
    by_title, by_name = Q(), Q()
    for word in words:
        by_title &= Q(title__icontains=word)
        by_name &= Q(article__names__text__icontains=word)
    published = Revision.objects.published().filter(article__language=language).select_related("article")
    revisions = published.filter(by_title | by_name).distinct().order_by("title", "pk")[:MOST_RESULTS]
    return {"revisions": list(revisions), "items": list(Item.objects.current().filter(by_title)[:MOST_RESULTS])}
