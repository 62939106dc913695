"""A–Z: every published article under its title and each name that is shown."""

import unicodedata

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe

from conditions.models import Name, Revision

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
    """Return {letter: [(name, title, address)]}, sorted by name; two queries."""
    published = Revision.objects.published().filter(article__language=language).select_related("article")
    titles = {revision.article_id: (revision.title, revision.article.get_absolute_url()) for revision in published}
    shown = Name.objects.filter(article__in=titles, is_shown=True, language=language)
    entries = {(title, title, url) for title, url in titles.values()}
    entries |= {(name.text, *titles[name.article_id]) for name in shown}
    by_initial = {}
    for entry in sorted(entries, key=lambda entry: (fold(entry[0]), entry)):
        by_initial.setdefault(initial(entry[0]), []).append(entry)
    return by_initial


def initial(name):
    first = next((character for character in fold(name) if character.isalnum()), "")
    return first if first in LETTERS else DIGITS


def fold(name):
    """Return `name` in lower case without accents, as A–Z sorts it."""
    return "".join(character for character in unicodedata.normalize("NFKD", name) if not unicodedata.combining(character)).lower()
