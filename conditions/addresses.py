"""Where an article is, and where it was: an address that readers had leads to it for good."""

from django.db import transaction

from conditions.models import Article, OldSlug
from conditions.workflow import lock


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
