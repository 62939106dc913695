"""Which article serves a place in the classification, and which stand nearest to it."""

from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count, F, OuterRef, Q, Subquery
from django.db.models.functions import Left

from conditions.models import ArticleItem, Item, Revision
from conditions.models.classification import PATH_STEP, ancestor_paths

PRIMARY_PATH = Subquery(ArticleItem.objects.filter(article=OuterRef("article"), is_primary=True).values("item__path")[:1])


def serving_revision(path: str, language: str = settings.LANGUAGE_CODE) -> Revision | None:
    """Return the published revision that serves the item at `path`: the one attached to it or to its nearest ancestor."""
    served = Revision.objects.published().filter(
        article__language=language, article__attachments__item__path__in=ancestor_paths(path)
    )
    # Among ancestors the longer path is the nearer item, and sorts after the shorter ones.
    return served.select_related("article").order_by("-article__attachments__item__path").first()


def nearest_revisions(path: str, language: str = settings.LANGUAGE_CODE, most: int = 5) -> list[Revision]:
    """Return up to `most` published revisions of the same chapter, those that share the longest way down with `path` first."""
    chapter = path[:PATH_STEP]
    found = (
        Revision.objects.published()
        .filter(article__language=language, article__attachments__item__path__gte=chapter)
        .annotate(item_path=F("article__attachments__item__path"), chapter=Left("article__attachments__item__path", PATH_STEP))
        .filter(chapter=chapter)
        .select_related("article")
        .order_by("title", "pk")
    )
    nearest: dict[int, Revision] = {}
    for revision in sorted(found, key=lambda revision: -shared_steps(revision.item_path, path)):
        nearest.setdefault(revision.pk, revision)
    return list(nearest.values())[:most]


def related_revisions(revision: Revision, path: str) -> list[Revision]:
    """Return what a reader of `revision`, whose primary item is at `path`, is led on to.

    These are the articles that its editor chose, as far as readers have them; where there are none, the nearest.
    """
    chosen = (
        Revision.objects.published()
        .filter(article__related_from__revision=revision)
        .annotate(place=F("article__related_from__position"), row=F("article__related_from__pk"))
        .select_related("article")
        .order_by("place", "row")
    )
    return list(chosen) or [other for other in nearest_revisions(path, revision.article.language) if other != revision]


def shared_steps(one: str, other: str) -> int:
    """Return how many levels two paths have in common, from the chapter down."""
    return len(set(ancestor_paths(one)) & set(ancestor_paths(other)))


@dataclass(frozen=True)
class Step:
    """An item on the way down the classification, and where it stands among its siblings: number `place` of `of`, from 1."""

    item: Item
    place: int
    of: int

    @property
    def before(self) -> int:
        return self.place - 1


def steps_down(items: list[Item]) -> list[Step]:
    """Return a step for each of `items`, the way from a chapter down to an item; two queries. Retired siblings do not count."""
    if not items:
        return []
    # A sibling before the item on the way has a smaller path than the way's end, one after it a greater.
    counted = {"place": Count("pk", filter=Q(path__lte=items[-1].path)), "of": Count("pk")}
    siblings = Item.objects.current().order_by()
    rows = [
        *siblings.filter(parent__in=[item.parent_id for item in items if item.parent_id]).values_list("parent").annotate(**counted),
        *siblings.chapters().values_list("parent").annotate(**counted),
    ]
    counts = {parent: (place, of) for parent, place, of in rows}
    return [Step(item, *counts[item.parent_id]) for item in items if not item.retired_in_id]


def breadcrumbs(path: str) -> list[Item]:
    """Return the items from the chapter down to the one at `path`."""
    return list(Item.objects.with_ancestors_of(path))
