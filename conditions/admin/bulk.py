"""Many articles at once: files in and out, and a list for a spreadsheet."""

import csv
import hashlib
import secrets
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile

from django import forms
from django.contrib import admin, messages
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db.models import OuterRef, Prefetch, Subquery
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone

from conditions.audit import note, require
from conditions.loading.article_files import ArticleFileError
from conditions.loading.articles import Report, load_articles
from conditions.loading.exporting import export_articles, note_export
from conditions.loading.uploads import MOST_BYTES, megabytes, unpack, write_out
from conditions.models import Article, ArticleItem, AuditEntry, Revision
from conditions.text import counted

from .article_list import with_standing
from .desk import desk_page

MINUTES_KEPT = 30  # between trying files and loading them


def urls(model_admin):
    """Return the patterns that stand before those of `model_admin`."""

    def view(request):
        return load_view(model_admin, request)

    return [path("load/", model_admin.admin_site.admin_view(view), name="conditions_article_load")]


# --- Files in ---------------------------------------------------------------------------------------------------------------


class SeveralFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class SeveralFilesField(forms.FileField):
    widget = SeveralFilesInput(attrs={"accept": ".html,.md,.zip"})

    def clean(self, data, initial=None):
        """Return every file that was chosen; none is a fault."""
        return [super(SeveralFilesField, self).clean(one, initial) for one in data or [None]]


class UploadForm(forms.Form):
    upload = SeveralFilesField(
        label="Files",
        error_messages={"required": "Choose at least one file.", "empty": "One of the files is empty."},
        help_text=f"Article files, whose names end in .html or .md; or one .zip that holds them with their pictures. {megabytes()} "
        "in all. You may choose several files at once.",
    )

    def clean_upload(self):
        """Return {path: bytes} of what was uploaded, unpacked."""
        uploads = self.cleaned_data["upload"]
        if sum(upload.size for upload in uploads) > MOST_BYTES:
            raise ValidationError(f"This is more than {megabytes()} in all. Load it in several parts.")
        return unpack([(upload.name, upload) for upload in uploads])


@dataclass
class Outcome:
    """What becomes of one file: a sentence, or its faults: (line, field, what was expected)."""

    name: str
    told: str = ""
    faults: list[tuple[int, str, str]] = field(default_factory=list)


def load_view(model_admin, request):
    """Try the files that are uploaded and say what would become of each; then load what was tried, as drafts."""
    for permission in ("conditions.load_articles", "conditions.view_draft"):
        require(request.user, permission)
    if "key" in request.POST:
        return load_tried(model_admin, request)
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if not form.is_valid():
        return page(model_admin, request, form=form)
    files = form.cleaned_data["upload"]
    outcomes, report = load(files, request.user, dry_run=True)
    key = secrets.token_urlsafe(24)
    if report and report.drafted:
        cache.set(cache_key(request.user, key), files, MINUTES_KEPT * 60)
    return page(model_admin, request, form=UploadForm(), outcomes=outcomes, report=report, key=key)


def load_tried(model_admin, request):
    """Load the very bytes that this person has tried. Where somebody was faster in the meantime, say what stands against it."""
    key = cache_key(request.user, request.POST["key"])
    files = cache.get(key)
    if files is None:
        told = f"Files that were tried are kept for {MINUTES_KEPT} minutes, and these are gone. Please choose them once more."
        model_admin.message_user(request, told, messages.WARNING)
        return redirect("admin:conditions_article_load")
    outcomes, report = load(files, request.user, dry_run=False)
    if report is None:
        return page(model_admin, request, form=UploadForm(), outcomes=outcomes)
    cache.delete(key)
    for draft in report.drafts:
        model_admin.log_addition(request, draft, "Loaded from a file.")
    told = f"{counted(len(report.drafts), 'draft')} loaded. Readers see nothing of them until they are published."
    model_admin.message_user(request, told, messages.SUCCESS)
    if len(report.drafts) == 1:
        return redirect("admin:conditions_revision_change", report.drafts[0].pk)
    return redirect("admin:conditions_revision_changelist")


def cache_key(user, key):
    return f"article-files:{user.pk}:{hashlib.sha256(key.encode()).hexdigest()}"  # whatever was sent as a key


def load(files: dict[str, bytes], user, dry_run: bool) -> tuple[list[Outcome], Report | None]:
    """Load `files` as drafts of `user`, or only try to. Return what becomes of each, and no report where there are faults."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        paths = write_out(files, folder)
        outcomes = {path: Outcome(str(path.relative_to(folder))) for path in paths}
        try:
            report = load_articles(paths, dry_run, drafts_only=True, by=user)
        except ArticleFileError as error:
            for fault in error.faults:
                expected = fault.expected.replace(f"{folder}/", "")  # another of the files may be named
                outcomes[fault.path].faults.append((fault.line, fault.field, expected))
            return list(outcomes.values()), None
        for path, told in [*report.drafted, *report.unchanged]:
            outcomes[path].told = told
        return list(outcomes.values()), report


def page(model_admin, request, **context):
    context = {
        "title": "Load articles from files",
        "minutes": MINUTES_KEPT,
        **context,
    }
    return desk_page(model_admin, request, "article/load_files.html", context)


# --- Files out --------------------------------------------------------------------------------------------------------------


@admin.action(description="Export as files, without members' text", permissions=["view"])
def export_selected(model_admin, request, queryset):
    return export(model_admin, request, queryset, with_gated=False)


@admin.action(description="Export as files, with members' text", permissions=["view_draft"])
def export_selected_with_members_text(model_admin, request, queryset):
    require(request.user, "conditions.view_draft")
    return export(model_admin, request, queryset, with_gated=True)


def export(model_admin, request, queryset, with_gated):
    """Return a .zip of what readers have of the selected articles, with its pictures; None where that is nothing."""
    published = Revision.objects.visible_to(request.user).published().filter(article__in=queryset.values("pk"))
    revisions = list(published.select_related("article").order_by("article__slug", "article__language"))
    if left_out := queryset.count() - len(revisions):
        told = f"{counted(left_out, 'article')} of those selected cannot be exported: readers have no page of them."
        model_admin.message_user(request, told, messages.WARNING)
    if not revisions:
        return None
    note_export(revisions, with_gated, request.user)
    archive = TemporaryFile()  # noqa: SIM115 the response closes it, and then it is gone
    with TemporaryDirectory() as name, zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        report = export_articles(revisions, Path(name), with_gated)
        for file in [*report.articles, *sorted(report.pictures)]:
            packed.write(file, file.relative_to(name))
    if report.missing:
        told = f"{counted(len(report.missing), 'picture')} could not be exported: the file is missing."
        model_admin.message_user(request, told, messages.WARNING)
    archive.seek(0)
    return FileResponse(archive, as_attachment=True, filename=f"articles-{timezone.localdate():%Y-%m-%d}.zip")


# --- The list ---------------------------------------------------------------------------------------------------------------

COLUMNS = [
    *("slug", "language", "title", "state", "primary code", "all codes", "owner", "deputy"),
    *("last reviewed", "reviewed by", "review due", "reading grade", "published at"),
]
BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@admin.action(description="Download the list for a spreadsheet (CSV)", permissions=["view"])
def list_as_csv(model_admin, request, queryset):
    """Return the selected articles as a table; title and state are of the newest revision that this person may see."""
    newest = Revision.objects.visible_to(request.user).filter(article=OuterRef("pk")).order_by("-number")
    articles = with_standing(Article.objects.filter(pk__in=queryset.values("pk")), request.user)
    articles = articles.annotate(newest_state=Subquery(newest.values("state")[:1])).select_related("owner", "deputy", "reviewed_by")
    articles = list(articles.prefetch_related(Prefetch("attachments", ArticleItem.objects.select_related("item"))))
    note(AuditEntry.Act.EXPORTED, None, request.user, f"the list of {counted(len(articles), 'article')}")
    # The mark at the beginning tells spreadsheets that it is UTF-8.
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="articles-{timezone.localdate():%Y-%m-%d}.csv"'
    writer = csv.writer(response)
    writer.writerow(COLUMNS)
    writer.writerows(map(harmless, map(row, articles)))
    return response


def row(article):
    codes = [attachment.item.code for attachment in article.attachments.all()]
    return [
        article.slug,
        article.language,
        article.newest_title,
        state(article),
        article.primary_code,
        " ".join(codes),
        article.owner,
        article.deputy,
        article.reviewed_on,
        article.reviewed_by,
        article.review_due_on,
        article.grade,
        article.published_at and timezone.localtime(article.published_at).strftime("%Y-%m-%d %H:%M"),
    ]


def state(article):
    if article.newest_state:
        return Revision.State(article.newest_state).label
    return "Withdrawn" if article.withdrawn_at else "Not published yet"


def harmless(cells):
    """Return `cells` as texts. A spreadsheet would calculate what begins as a formula: an apostrophe makes it a text."""
    texts = ["" if cell is None else str(cell) for cell in cells]
    return [f"'{text}" if text.startswith(BEGINS_A_FORMULA) else text for text in texts]


ACTIONS = [export_selected, export_selected_with_members_text, list_as_csv]
