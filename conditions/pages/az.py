"""A–Z: every name that is shown, of published articles and of items of the classification."""

from functools import lru_cache

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import render
from django.utils.text import capfirst
from django.views.decorators.http import require_safe

from conditions.finding.opening import last_number
from conditions.models import ArticleItem, Item, Name, Revision
from conditions.models.classification import ancestor_paths
from conditions.text import fold

NAMES_A_PAGE = 100
DIGITS = "0-9"
LETTERS = [*"abcdefghijklmnopqrstuvwxyz", DIGITS]


@require_safe
def conditions(request):
    by_initial = names_by_initial()
    letters = [(letter, len(by_initial.get(letter, []))) for letter in LETTERS]
    return render(request, "conditions/az.html", {"letters": letters})


@require_safe
def letter(request, letter):
    """Show the names that begin with `letter`, accents folded; 404 for a letter without any."""
    by_initial = names_by_initial()
    if letter not in by_initial:
        raise Http404
    letters = [(each, len(by_initial.get(each, []))) for each in LETTERS]
    page = Paginator(by_initial[letter], NAMES_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "conditions/az.html", {"letters": letters, "letter": letter, "page": page})


def names_by_initial(language=settings.LANGUAGE_CODE):
    """Return {letter: [(name, title, address)]}, sorted by name, as the database had them at its last change; one query then."""
    return read_names(language, last_number())


@lru_cache(maxsize=len(settings.LANGUAGES))
def read_names(language, number):
    """Return the names of articles and of items. An item's lead to the article that serves it, if there is one; four queries.

    The number of the last change is there to forget them by.
    """
    published = Revision.objects.published().filter(article__language=language).select_related("article")
    articles = {revision.article_id: (revision.title, revision.article.get_absolute_url()) for revision in published}
    entries = {(title, title, url) for title, url in articles.values()}
    shown = Name.objects.filter(is_shown=True, language=language)
    for article, name in shown.filter(article__in=articles).values_list("article", "text"):
        entries.add((name, *articles[article]))
    attached = ArticleItem.objects.filter(article__in=articles).values_list("item__path", "article")
    at = {path: articles[article] for path, article in attached}
    of_items = shown.filter(item__retired_in=None, article=None)
    for name, path, title, code in of_items.values_list("text", "item__path", "item__title", "item__code"):
        nearest = next((at[above] for above in reversed(ancestor_paths(path)) if above in at), None)
        entries.add((capfirst(name), *(nearest or (title, Item(code=code).get_absolute_url()))))
    by_initial = {}
    for entry in sorted(entries, key=lambda entry: (fold(entry[0]), entry)):
        by_initial.setdefault(initial(entry[0]), []).append(entry)
    return by_initial


def initial(name):
    first = next((character for character in fold(name) if character.isalnum()), "")
    return first if first in LETTERS else DIGITS
