"""Where an article is, and where it was: an address that readers had leads to it for good."""

from collections.abc import Iterable

from django.db import transaction

from conditions.models import Article, OldSlug
from conditions.workflow import lock


def articles_by_address(slugs: Iterable[str]) -> dict[tuple[str, str], Article]:
    """Return {(language, slug): article} for the articles that are, or were, at one of `slugs`; two queries."""
    slugs = set(slugs)
    old = OldSlug.objects.filter(slug__in=slugs).select_related("article")
    there = {(before.language, before.slug): before.article for before in old}
    return there | {(article.language, article.slug): article for article in Article.objects.filter(slug__in=slugs)}


def save_at_its_address(article: Article) -> None:
    """Save `article`. Where readers knew it under another slug, that one becomes an old address, which redirects.

    An old address of the article's own that it takes up again is an old one no longer. `Article.clean` refuses those of others.
    """
    with transaction.atomic():
        before = lock(article)
        article.save()
        article.old_slugs.filter(slug=article.slug, language=article.language).delete()
        has_moved = (before.slug, before.language) != (article.slug, article.language)
        if has_moved and article.revisions.in_public_history().exists():
            OldSlug.objects.create(article=article, slug=before.slug, language=before.language)
