"""The pages of the classification: its chapters, and one page for every chapter, block, category, subcategory and code."""

from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from conditions.codes import parse_item
from conditions.demand import note_reader
from conditions.models import Item, Name, Note, Release, Section
from conditions.models.classification import ancestor_paths
from conditions.serving import breadcrumbs, nearest_revisions, serving_revision, steps_down


@require_safe
def chapters(request):
    context = {"chapters": Item.objects.chapters().current(), "release": Release.objects.first()}
    return render(request, "conditions/chapter_list.html", context)


@require_safe
def code(request, code):
    """Show an item by its code, written as one likes; where a block and its only category share a name, one page tells both."""
    named = list(Item.objects.filter(code=parse_item(code)).select_related("retired_in", "parent").order_by("is_block"))
    if not named:
        raise Http404
    item = named[0]
    if code != item.code:
        return redirect(item, permanent=True)
    way_down = breadcrumbs(item.path)
    served_by = serving_revision(item.path)
    if not served_by:
        note_reader(request, item)
    context = {
        "item": item,
        "block_of_one": named[1] if len(named) > 1 else None,
        "breadcrumbs": way_down[:-1],
        "place": steps_down(way_down),
        "children": item.children.current(),
        "siblings": item.parent.children.current().exclude(pk=item.pk) if item.parent else [],
        "names": Name.objects.filter(item=item, is_shown=True),
        "served_by": served_by,
        "help": served_by and served_by.sections.filter(kind=Section.Kind.WHEN_TO_GET_HELP).first(),
        "nearest": [] if served_by else nearest_revisions(item.path),
        **notes_of(item),
    }
    return render(request, "conditions/item_detail.html", context)


def notes_of(item):
    """Return the notes that apply to `item`: its inclusion terms, its own and inherited notes, and its seventh characters.

    Inclusion terms name their own item alone. Of seventh characters the nearest definition counts (ICD-10-CM tabular list:
    they apply to everything below). The rest is grouped by kind in the order of the tabular list, nearest origin first.
    """
    notes = Note.objects.filter(item__path__in=ancestor_paths(item.path)).select_related("item").order_by("-item__path", "position")
    terms, characters, others = [], [], []
    for note in notes:
        if note.kind == Note.Kind.INCLUSION_TERM:
            terms += [note] if note.item_id == item.pk else []
        elif note.kind == Note.Kind.SEVENTH_CHARACTER:
            characters += [note] if not characters or note.item_id == characters[0].item_id else []
        else:
            others.append(note)
    order = list(Note.Kind)
    return {
        "inclusion_terms": terms,
        "seventh_characters": characters,
        "notes": sorted(others, key=lambda note: order.index(note.kind)),
    }
