"""The public addresses of conditions and codes. They are a contract: links to them stay good."""

from django.conf import settings
from django.urls import path, re_path
from django.views.generic import TemplateView

from conditions.models.articles import LETTER_OF_AZ
from conditions.pages import article, az, classification, pictures, preview, reports, reviewers, search

app_name = "conditions"

other_languages = "|".join(code for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE)

urlpatterns = [
    path("conditions/", az.conditions, name="az"),
    re_path(rf"^conditions/(?P<letter>{LETTER_OF_AZ})/$", az.letter, name="letter"),
    path("conditions/<slug:slug>/", article.article, name="article"),
    path("conditions/<slug:slug>/changes/", article.changes, name="changes"),
    re_path(rf"^(?P<language>{other_languages})/conditions/(?P<slug>[-\w]+)/$", article.article, name="article_in_language"),
    re_path(
        rf"^(?P<language>{other_languages})/conditions/(?P<slug>[-\w]+)/changes/$", article.changes, name="changes_in_language"
    ),
    path("icd-10-cm/", classification.chapters, name="chapters"),
    path("icd-10-cm/<str:code>/", classification.code, name="code"),
    path("search/", search.search, name="search"),
    path("search/suggest/", search.suggest, name="suggest"),
    re_path(
        r"^media/pictures/(?P<digest>[0-9a-f]{64})/(?P<name>drawing\.svg|[0-9]{1,5}\.(?:avif|webp|jpg|png))$",
        pictures.picture,
        name="picture",
    ),
    path("preview/<str:token>/", preview.shared, name="preview"),
    path("reviewers/<slug:slug>/", reviewers.reviewer, name="reviewer"),
    path("report/", reports.report, name="report"),
    path("report/sent/", TemplateView.as_view(template_name="conditions/report_sent.html"), name="report_sent"),
]
