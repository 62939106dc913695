"""The search page and the suggestions while typing. What is typed is kept nowhere; a code without an article is counted."""

from django.core.paginator import Paginator
from django.http import JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from conditions.demand import note_reader
from conditions.finding import codes, suggesting, without_index
from conditions.finding.opening import IndexUnusable
from conditions.finding.query import ask, find
from conditions.finding.results import Line, lines
from conditions.finding.words import LONGEST_QUERY
from conditions.models import Item, gate
from conditions.serving import breadcrumbs, serving_revision

RESULTS_A_PAGE = 10
MOST_SUGGESTIONS = 8


@require_safe
def search(request):
    """Show what a reader's words lead to."""
    query = clean(request.GET.get("q", "")).rstrip()
    code = codes.read_code(query)
    item = code and (codes.item_of(code) or codes.nearest_item(code))
    context = code_context(code, item) if item else words_context(request, query)
    if missing := first_without_article(context):
        note_reader(request, missing)
    return render(request, "conditions/search.html", {"query": query, **context})


def clean(text):
    """Return what is looked for: no character that a database cannot keep, and no more than is looked at.

    A blank at its end says to the suggestions that the last word is whole.
    """
    return text.replace("\x00", " ").lstrip()[:LONGEST_QUERY]


def code_context(code, item):
    """Return what the page shows for a code: one result, or the nearest code where there is no such one."""
    way_down = breadcrumbs(item.path)
    line = Line(serving_revision(item.path), item, place=way_down[:-1])
    line.title = line.revision.title if line.revision else item.title
    line.snippet = line.revision.summary if line.revision else ""
    return {"lines": [line], "total": 1, "missing_code": code if item.code != code else ""}


def words_context(request, query):
    """Return what the page shows for words."""
    chapters = list(Item.objects.chapters().current())
    chosen = next((chapter for chapter in chapters if chapter.code == request.GET.get("chapter")), None)
    may_read_gated = gate.is_for(request.user)

    def find_or_come_near(index):
        found = find(index, query, chosen and int(chosen.path), may_read_gated)
        return found, [] if found.results or chosen else suggesting.near_names(index, query)

    try:
        (found, near), is_degraded = ask(find_or_come_near), False
    except IndexUnusable:
        (found, near), is_degraded = (without_index.find(query, chosen), []), True
    page = Paginator(found.results, RESULTS_A_PAGE).get_page(request.GET.get("page"))
    return {
        "lines": lines(page.object_list, found.question),
        "page": page,
        "total": found.total,
        "corrected": found.question.corrected,
        "chapters": chapters_of(found, chapters),
        "chosen_chapter": chosen,
        "all_chapters": chapters,
        "near": near,
        "is_degraded": is_degraded,
    }


def first_without_article(context):
    """Return the item that stands first on the first page and that no article serves; None where another result does.

    Without the index an item stands for itself, whether an article serves it or not: then nobody can tell.
    """
    is_first_page = "page" not in context or context["page"].number == 1
    first = context["lines"][0] if context["lines"] and is_first_page and not context.get("is_degraded") else None
    return first.item if first and not first.revision else None


def chapters_of(found, chapters):
    """Return the chapters that hold a result, each with how many, the fullest first; none where there is nothing to choose."""
    counted = [(chapter, found.chapters[int(chapter.path)]) for chapter in chapters if int(chapter.path) in found.chapters]
    return sorted(counted, key=lambda each: -each[1]) if len(counted) > 1 else []


@require_safe
def suggest(request):
    """Answer with names that a beginning may become, as [{"name", "note", "url"}]; the same for everybody."""
    query = clean(request.GET.get("q", ""))
    try:
        found = ask(lambda index: suggesting.suggest(index, query, MOST_SUGGESTIONS))
    except IndexUnusable:
        found = []
    return JsonResponse({"suggestions": found})
