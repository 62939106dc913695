"""The list of revisions: what a row says."""

from django.contrib import admin
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join

from conditions.models import Contribution

from .article_list import day, named, pill


class RevisionList:
    """The list's part of `RevisionAdmin`."""

    list_display = ["title_and_article", "standing", "kind", "written_by", "published"]
    list_filter = ["state", "change_kind", "is_sample", "origin"]
    search_fields = ["title", "article__slug"]  # public words; gated text is not searched, whoever asks
    ordering = ["-created_at", "-pk"]
    actions = ["publish_selected"]

    @admin.display(description="revision", ordering="title")
    def title_and_article(self, revision):
        title = revision.title or "(no title yet)"
        return format_html('{} <span class="below">{}, revision {}</span>', title, revision.article, revision.number)

    @admin.display(description="state", ordering="state")
    def standing(self, revision):
        is_open = revision.is_open and revision.publish_at
        at = date_format(timezone.localtime(revision.publish_at), "DATETIME_FORMAT") if is_open else ""
        return pill(revision.state, revision.standing, at and f"for {at}")

    @admin.display(description="kind of change", ordering="change_kind")
    def kind(self, revision):
        return revision.get_change_kind_display().partition(":")[0]

    @admin.display(description="written by")
    def written_by(self, revision):
        authors = [by.user for by in revision.contributions.all() if by.role == Contribution.Role.AUTHOR]
        if not authors:
            return revision.created_by and named(revision.created_by)
        return format_html_join(", ", "{}", [(named(author) if author else "a deleted account",) for author in authors])

    @admin.display(description="published", ordering="published_at")
    def published(self, revision):
        return revision.published_at and day(revision.published_at)
