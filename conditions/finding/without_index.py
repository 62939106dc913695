"""Finding by the database alone, while there is no index: codes, and words of titles and names. It reads public columns only."""

from django.conf import settings
from django.db.models import Q

from conditions.finding.query import Found, Result
from conditions.finding.schema import words_in
from conditions.finding.words import LONGEST_QUERY, Question
from conditions.models import Item, Name, Revision

MOST_RESULTS = 20
MOST_WORDS = 6  # each costs a look through all titles


def find(text: str, language: str = settings.LANGUAGE_CODE) -> Found:
    """Return the articles and items whose title, or one of whose names, holds every word of `text`."""
    words = list(dict.fromkeys(words_in(text[:LONGEST_QUERY])))[:MOST_WORDS]
    if not words:
        return Found(Question())
    by_title, by_name = Q(), Q()
    for word in words:
        by_title &= Q(title__icontains=word)
        by_name &= Q(text__icontains=word)
    names = Name.objects.filter(by_name, language=language)
    articles = Revision.objects.published().filter(article__language=language)
    articles = articles.filter(by_title | Q(article__in=names.values("article"))).order_by("title", "pk")
    items = Item.objects.current().filter(by_title | Q(pk__in=names.values("item")))
    results = [Result(1.0, "", article=pk) for pk in articles.values_list("article", flat=True)[:MOST_RESULTS]]
    results += [Result(1.0, "", item=pk) for pk in items.values_list("pk", flat=True)[:MOST_RESULTS]]
    return Found(Question(words=tuple(words)), results, len(results))
