"""Finding by the database alone, while there is no index: codes, and words of titles and names. It reads public columns only."""

import re

from django.conf import settings
from django.db.models import Q

from conditions.finding.query import Found, Result
from conditions.finding.schema import prepare, words_in
from conditions.finding.words import LONGEST_QUERY, Question
from conditions.models import Item, Name, Revision
from conditions.models.classification import branch

MOST_RESULTS = 20
MOST_WORDS = 6  # each costs a look through all titles


def find(text: str, chapter: Item | None = None, language: str = settings.LANGUAGE_CODE) -> Found:
    """Return the articles and items, of `chapter` or of all, whose title or one of whose names holds every word of `text`."""
    words = list(dict.fromkeys(re.findall(r"\w+", prepare(text[:LONGEST_QUERY]))))[:MOST_WORDS]
    if not words:
        return Found(Question())
    titles, texts = Q(), Q()
    for word in words:
        spellings = [word, *words_in(word)]  # with its accents, and without
        titles &= Q(*((("title__icontains", each)) for each in spellings), _connector=Q.OR)
        texts &= Q(*((("text__icontains", each)) for each in spellings), _connector=Q.OR)
    names = Name.objects.filter(texts, language=language)
    items = Item.objects.current().filter(titles | Q(pk__in=names.values("item")))
    articles = Revision.objects.published().filter(titles | Q(article__in=names.values("article")), article__language=language)
    if chapter:
        items = items.filter(branch(chapter.path))
        articles = articles.filter(branch(chapter.path, of="article__attachments__item__")).distinct()
    articles = articles.order_by("title", "pk").values_list("article", flat=True)
    results = [Result(1.0, "", article=pk) for pk in articles[:MOST_RESULTS]]
    results += [Result(1.0, "", item=pk) for pk in items.values_list("pk", flat=True)[:MOST_RESULTS]]
    return Found(Question(words=tuple(word for each in words for word in words_in(each))), results, len(results))
