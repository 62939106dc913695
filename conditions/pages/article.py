"""The article page, what changed on it, and what stands in its place once it is withdrawn."""

from django.conf import settings
from django.db.models import Value
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language_info
from django.views.decorators.http import require_safe

from conditions.glossary import Entry, Explainer
from conditions.models import Article, GatedText, GlossaryTerm, Item, OldSlug, Revision
from conditions.serving import PRIMARY_PATH, nearest_revisions, related_revisions, serving_revision, steps_down
from conditions.text import fold, with_number

LEAFLET_TYPES = {"large": 12_600, "middle": 15_100}


@require_safe
def article(request, slug, language=settings.LANGUAGE_CODE):
    """Show the published revision; 301 from an old address, 410 for a withdrawn article, 404 for what readers may not see."""
    published = Revision.objects.visible_to(request.user).published()
    revision = with_parts(published.filter(article__slug=slug, article__language=language)).first()
    if revision is None:
        return gone_or_moved(request, slug, language, "article")
    readable = GatedText.objects.readable_by(request.user)
    return render(request, "conditions/article_detail.html", article_context(revision, readable))


def with_parts(revisions):
    """Return the queryset `revisions`, each with what `article_context` asks of it."""
    return (
        revisions.select_related("article__reviewed_by")
        .prefetch_related("sections", "care_cards", "references", "pictures")
        .annotate(primary_path=PRIMARY_PATH)
    )


def article_context(revision, readable):
    """Return what the article page shows of `revision`, one of `with_parts`, to a reader who may read the gated texts `readable`.

    That is a queryset narrowed by its own methods; one query, and none for a visitor.
    """
    gated = readable.for_revision(revision).bodies()
    path = revision.primary_path or ""
    above = Item.objects.with_ancestors_of(path).annotate(is_attached=Value(False)).order_by()
    attached = Item.objects.filter(attachments__article=revision.article).annotate(is_attached=Value(True)).order_by()
    # One query for both; joined by OR they would be looked for in the whole classification.
    items = list(above.union(attached, all=True).order_by("path"))
    explainer = Explainer(glossary(revision.article.language))

    def explained(body):
        # The number first: a word that is marked inside “your local emergency number” would hide it.
        return explainer.mark(with_number(body, settings.EMERGENCY_NUMBER))

    way_down = [item for item in items if not item.is_attached]
    return {
        "revision": revision,
        "article": revision.article,
        "leaflet": leaflet_type(revision),
        "overdue_since": overdue_since(revision),
        "direction": "rtl" if get_language_info(revision.article.language)["bidi"] else "ltr",
        "parts": [
            {
                "section": section,
                "gated_body": explained(gated.get(section.pk, "")),
                "body": "" if section.is_gated else explained(section.body),
                "pictures": [picture for picture in revision.pictures.all() if picture.section == section.kind],
            }
            for section in revision.sections.all()
        ],
        # Of what this reader was given: a word that stands in gated text alone is none of a visitor's page.
        "explained": sorted(explainer.found, key=lambda entry: fold(entry.term)),
        "names": [name for name in revision.article.names.all() if name.is_shown],
        "breadcrumbs": way_down,
        "place": steps_down(way_down),
        "related": related_revisions(revision, path),
        # The primary code first, then the others in the order of the classification.
        "items": sorted((item for item in items if item.is_attached), key=lambda item: item.path != path),
    }


def glossary(language):
    """Yield what the glossary explains in `language`; one query."""
    for row in GlossaryTerm.objects.shown(language).values_list("pk", "term", "other_forms", "definition"):
        yield Entry(*row)


def overdue_since(revision):
    """Return the day before today on which the page was to be read again; None where there is none, and for a sample."""
    due_on = revision.article.review_due_on
    return due_on if due_on and due_on < timezone.localdate() and not revision.is_sample else None


def leaflet_type(revision):
    """Return the size of type in which what a visitor reads of `revision` fits two printed sheets: large, middle or small.

    Counted in characters; a line that a list or a paragraph leaves unfilled costs as much as half a line of text. The steps were
    found by printing, and belong to css/print.css.
    """
    bodies = [part.body for part in [*revision.sections.all(), *revision.care_cards.all()]]
    unfilled = sum(body.count("<li>") + body.count("<p>") for body in bodies)
    length = sum(map(len, bodies)) + 30 * unfilled + 600 * len(revision.pictures.all())
    return next((size for size, most in LEAFLET_TYPES.items() if length <= most), "small")


@require_safe
def changes(request, slug, language=settings.LANGUAGE_CODE):
    """Show what changed in each published revision of an article that readers have, or had."""
    article = Article.objects.filter(slug=slug, language=language, changes__isnull=False).distinct().first()
    if article is None:
        return gone_or_moved(request, slug, language, "changes")
    newest = article.revisions.in_public_history().first()
    context = {"article": article, "title": newest.title, "changes": article.changes.all(), "is_withdrawn": is_withdrawn(newest)}
    return render(request, "conditions/change_list.html", context)


def gone_or_moved(request, slug, language, page):
    """Answer for an address without a published article: its new one, or that it was withdrawn and why; otherwise 404."""
    old = OldSlug.objects.filter(slug=slug, language=language).select_related("article").first()
    if old:
        moved = old.article
        return redirect(moved.get_absolute_url() if page == "article" else moved.get_changes_url(), permanent=True)
    article = get_object_or_404(Article, slug=slug, language=language)
    newest = article.revisions.in_public_history().annotate(primary_path=PRIMARY_PATH).first()
    if newest is None or not is_withdrawn(newest):
        raise Http404
    path = newest.primary_path
    nearest = path and (serving_revision(path, language) or next(iter(nearest_revisions(path, language, most=1)), None))
    return render(request, "conditions/article_withdrawn.html", {"revision": newest, "nearest": nearest}, status=410)


def is_withdrawn(revision):
    return revision.state == Revision.State.WITHDRAWN
