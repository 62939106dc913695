"""Forms of single rows: saving one undoes nothing that somebody else saved meanwhile."""

from datetime import date

import pytest

from conditions.models import Article, GlossaryTerm
from tests.conditions.desk import desk, errors, filled


@pytest.fixture
def ben(client, editor):
    client.force_login(editor)
    return client


@pytest.fixture
def term(db):
    return GlossaryTerm.objects.create(term="Tendon", other_forms="tendons", definition="A cord.")


@pytest.fixture
def page(term):
    return desk("glossaryterm", "change", term.pk)


def now(term):
    term.refresh_from_db()
    return term.other_forms, term.definition


def test_a_field_that_only_somebody_else_changed_stays_theirs(ben, term, page):
    data = filled(ben, page)
    GlossaryTerm.objects.update(definition="A cord that ties muscle to bone.")
    assert not errors(ben.post(page, data | {"other_forms": "tendons, sinew"}))
    assert now(term) == ("tendons, sinew", "A cord that ties muscle to bone.")


def test_a_field_that_both_changed_is_asked_about_once(ben, term, page):
    data = filled(ben, page) | {"definition": "A rope."}
    GlossaryTerm.objects.update(definition="A string.")
    response = ben.post(page, data)
    assert "Somebody else made this “A string.” while you wrote" in errors(response)
    assert "A rope." in response.text
    assert now(term) == ("tendons", "A string.")
    began = response.context["adminform"].form["began"].value()
    assert not errors(ben.post(page, data | {"began": began}))
    assert now(term) == ("tendons", "A rope.")


def test_a_box_that_somebody_else_ticked_stays_ticked(ben, term, page):
    data = filled(ben, page)
    GlossaryTerm.objects.update(is_shown=False)
    assert not errors(ben.post(page, data | {"definition": "A rope."}))
    term.refresh_from_db()
    assert (term.is_shown, term.definition) == (False, "A rope.")


@pytest.mark.parametrize("began", ["", "{]", "[1]"])
def test_a_form_that_cannot_say_where_it_set_out_is_saved_as_it_is(ben, term, page, began):
    assert not errors(ben.post(page, filled(ben, page) | {"definition": "A rope.", "began": began}))
    assert now(term)[1] == "A rope."


def test_a_name_that_was_left_alone_is_not_written_over(ben, article):
    name = article.names.create(text="Hard hand")
    page = desk("article", "change", article.pk)
    data = filled(ben, page)
    hidden = {
        f"initial-{form.add_prefix(field)}": data.get(form.add_prefix(field), "")
        for inline in ben.get(page).context["inline_admin_formsets"]
        for form in inline.formset.initial_forms
        for field in form.fields
    }
    name.text = "Stiff hand"
    name.save()
    assert not errors(ben.post(page, data | hidden))
    assert [name.text for name in article.names.all()] == ["Stiff hand"]


def test_a_review_that_was_recorded_meanwhile_is_not_undone(client, superuser, article):
    client.force_login(superuser)
    page = desk("article", "change", article.pk)
    data = filled(client, page)
    Article.objects.update(review_due_on=date(2030, 5, 3), review_months=12)
    assert not errors(client.post(page, data | {"owner": superuser.pk}))
    article.refresh_from_db()
    assert (article.review_due_on, article.review_months, article.owner) == (date(2030, 5, 3), 12, superuser)
