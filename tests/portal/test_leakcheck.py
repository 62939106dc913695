"""leakcheck walks what visitors can open, finds what leaks, and writes nothing."""

from io import StringIO

import pytest
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext

from conditions.finding import keeping
from conditions.finding.query import find
from conditions.models import GatedText, Section
from portal.leakcheck import leakcheck
from tests import factories


def run():
    out = StringIO()
    try:
        call_command("leakcheck", stdout=out, stderr=StringIO())
    except SystemExit as stopped:
        return stopped.code, out.getvalue()
    return 0, out.getvalue()


def test_a_tight_gate_is_clean_and_the_figures_are_told(article, index):
    status, said = run()
    assert status == 0
    assert "1 gated texts" in said
    assert "0 leaks, 0 faults" in said


def test_it_writes_nothing(article, index):
    with CaptureQueriesContext(connection) as queries:
        leakcheck()
    assert not [query for query in queries if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]


def test_gated_text_that_was_written_past_the_rule_into_a_public_place_is_found(article, index):
    Section.objects.filter(kind="overview").update(body=GatedText.objects.get().body)
    assert any("These words of the members' text stand in public text" in leak for leak in leakcheck().leaks)


def test_gated_words_in_a_drawing_are_found(article, index):
    words = b"Doctors begin with gentle xylocanarium movement twice"
    factories.picture(article.revisions.get(), factories.DRAWING.replace(b"Bone", words))
    assert any("“doctors begin with gentle xylocanarium movement”" in leak for leak in leakcheck().leaks)


def test_a_picture_whose_file_is_lost_is_a_fault(article, index):
    picture = factories.picture(article.revisions.get())
    assert not leakcheck().faults
    default_storage.delete(picture.stored.fallback)
    assert leakcheck().faults == [f"{picture.fallback_url} answers 404"]


def test_words_of_the_sites_own_pages_are_no_alarm(hand):
    body = "<p>Talk to a doctor, nurse or pharmacist before you start. In an emergency, call your local emergency number.</p>"
    factories.published_article(hand["M61.24"], gated_body=body)
    keeping.rebuild()
    assert not leakcheck().leaks


def test_a_walk_that_opens_nothing_is_a_fault(article, index, settings):
    settings.ALLOWED_HOSTS = ["localhost"]
    settings.MIDDLEWARE = ["tests.portal.test_leakcheck.closed"]
    assert "no address opened: nothing was looked at" in leakcheck().faults


def closed(get_response):
    return lambda request: HttpResponse(status=404)  # noqa: ARG005


@pytest.mark.parametrize("template", ["<p>{}</p>", "<!-- {} -->", '<meta content="{}">', "<script>{}</script>"])
def test_a_leak_is_found_wherever_it_stands_in_a_page(article, index, template, monkeypatch):
    body = "Doctors begin with gentle xylocanarium movement twice a day"
    monkeypatch.setattr("conditions.pages.article.render", leaky_render(template.format(body)))
    status, said = run()
    assert status == 1
    assert f"{article.get_absolute_url()} gives away gated text of hardened-hand-muscle, revision 1, #treatment" in said
    assert "xylocanarium" not in said


def test_a_read_of_the_table_is_found(article, index, monkeypatch):
    monkeypatch.setattr("conditions.models.gate.GatedTextQuerySet.readable_by", lambda queryset, user: queryset)  # noqa: ARG005
    assert any("reads the table of gated text" in leak for leak in leakcheck().leaks)


def test_a_search_that_reads_members_text_for_visitors_is_found(article, index, monkeypatch):
    monkeypatch.setattr("conditions.pages.search.find", lambda index, text, chapter, _: find(index, text, chapter, True))
    assert any("leads from a word of its gated text alone" in leak for leak in leakcheck().leaks)


def test_suggestions_that_spell_members_words_are_found(article, index, monkeypatch):
    told = [{"name": factories.CANARY.title(), "note": "", "url": "/"}]
    monkeypatch.setattr("conditions.pages.search.suggesting.suggest", lambda *_: told)
    assert any("spell a word of the gated text" in leak for leak in leakcheck().leaks)


def test_a_search_that_fails_is_a_fault(article, index, monkeypatch):
    monkeypatch.setattr("conditions.pages.search.lines", lambda *_: 1 / 0)
    assert any("/search/ answers 500" in fault for fault in leakcheck().faults)


def test_without_an_index_nothing_was_looked_at(article):
    assert any("search index cannot be used" in fault for fault in leakcheck().faults)


def leaky_render(extra):
    from django.shortcuts import render

    def leaky(*args, **kwargs):
        response = render(*args, **kwargs)
        response.content += extra.encode()
        return response

    return leaky
