"""What search engines are told of. Dates are those of the public list of changes."""

from django.contrib.sitemaps import Sitemap
from django.urls import reverse

from conditions.models import Item, Revision


class ArticleSitemap(Sitemap):
    def items(self):
        return Revision.objects.published().select_related("article").order_by("article__slug", "article__language")

    def location(self, revision):
        return revision.article.get_absolute_url()

    def lastmod(self, revision):
        return revision.published_at


class ChapterSitemap(Sitemap):
    def items(self):
        return Item.objects.chapters().current()


class PageSitemap(Sitemap):
    def items(self):
        return ["home", "about", "terms", "disclaimer", "contact", "privacy", "conditions:az", "conditions:chapters"]

    def location(self, name):
        return reverse(name)


SITEMAPS = {"pages": PageSitemap, "articles": ArticleSitemap, "chapters": ChapterSitemap}
