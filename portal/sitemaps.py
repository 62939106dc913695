"""What search engines are told of. Dates are those of the public list of changes."""

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.urls import reverse

from conditions.models import Item, Reviewer, Revision


class SitemapHere(Sitemap):
    """Its addresses begin with SITE_URL, whatever host the request named."""

    protocol, _, domain = settings.SITE_URL.partition("://")

    def get_domain(self, site=None):
        return self.domain


class ArticleSitemap(SitemapHere):
    def items(self):
        return Revision.objects.published().select_related("article").order_by("article__slug", "article__language")

    def location(self, revision):
        return revision.article.get_absolute_url()

    def lastmod(self, revision):
        return revision.published_at


class ChapterSitemap(SitemapHere):
    def items(self):
        return Item.objects.chapters().current()


class ReviewerSitemap(SitemapHere):
    def items(self):
        return Reviewer.objects.order_by("slug")


class PageSitemap(SitemapHere):
    def items(self):
        papers = ["about", "terms", "disclaimer", "contact", "privacy", "accessibility"]
        return ["home", *papers, "conditions:az", "conditions:chapters"]

    def location(self, name):
        return reverse(name)


SITEMAPS = {"pages": PageSitemap, "articles": ArticleSitemap, "chapters": ChapterSitemap, "reviewers": ReviewerSitemap}
