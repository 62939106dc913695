"""leakcheck walks what visitors can open, finds what leaks, and writes nothing."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conditions.models import GatedText, Revision, Section
from portal.leakcheck import leakcheck


def run():
    out = StringIO()
    try:
        call_command("leakcheck", stdout=out, stderr=StringIO())
    except SystemExit as stopped:
        return stopped.code, out.getvalue()
    return 0, out.getvalue()


def test_a_tight_gate_is_clean_and_the_figures_are_told(article):
    status, said = run()
    assert status == 0
    assert "1 gated texts" in said
    assert "0 leaks, 0 faults" in said


def test_it_writes_nothing(article):
    with CaptureQueriesContext(connection) as queries:
        leakcheck()
    assert not [query for query in queries if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]


def test_a_sentence_of_gated_text_in_a_public_place_is_found(article):
    # Written past the rule that would have refused it.
    GatedText.objects.update(body="<p>Seven little words that nobody must see here.</p>")
    Section.objects.filter(kind="overview").update(body="<p>Seven little words that nobody must see here.</p>")
    Revision.objects.update(state="superseded")
    assert leakcheck().runs > 0


@pytest.mark.parametrize("template", ["<p>{}</p>", "<!-- {} -->", '<meta content="{}">', "<script>{}</script>"])
def test_a_leak_is_found_wherever_it_stands_in_a_page(article, template, monkeypatch):
    body = "Doctors begin with gentle xylocanarium movement twice a day"
    monkeypatch.setattr("conditions.pages.article.render", leaky_render(template.format(body)))
    status, said = run()
    assert status == 1
    assert f"{article.get_absolute_url()} gives away gated text of hardened-hand-muscle, revision 1, #treatment" in said
    assert "xylocanarium" not in said


def test_a_read_of_the_table_is_found(article, monkeypatch):
    monkeypatch.setattr("conditions.models.gate.GatedTextQuerySet.readable_by", lambda queryset, user: queryset)  # noqa: ARG005
    assert any("reads the table of gated text" in leak for leak in leakcheck().leaks)


def leaky_render(extra):
    from django.shortcuts import render

    def leaky(*args, **kwargs):
        response = render(*args, **kwargs)
        response.content += extra.encode()
        return response

    return leaky
