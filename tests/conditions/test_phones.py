"""Whom readers are told to call."""

import pytest
from django.template import Context, Template
from django.utils.safestring import mark_safe

from conditions.publishing import publish
from portal.environment import is_phone_number
from portal.phones import PHONES, phones_of
from tests import factories

EUROPEAN_UNION = [
    *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU"),
    *("IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"),
]


@pytest.fixture
def shown(settings):
    """Return a function that shows a text as a template does, in a country of the given number."""

    def show(text, number="911"):
        settings.EMERGENCY_NUMBER = number
        return Template("{% load phones %}{{ text|with_emergency_number }}").render(Context({"text": text}))

    return show


def test_the_number_stands_where_the_words_for_it_stood(shown):
    assert shown("Call your local emergency number if:") == "Call 911 if:"


@pytest.mark.parametrize("words", ["Your local emergency number", "your local\nemergency number", "YOUR LOCAL EMERGENCY NUMBER"])
def test_the_words_are_known_however_they_are_set(shown, words):
    assert shown(f"{words}.") == "911."


def test_the_words_stay_where_the_country_is_not_known(shown):
    assert shown("Call your local emergency number if:", number="") == "Call your local emergency number if:"


@pytest.mark.parametrize("text", ["", "Get medical help today if:", "The emergency number of your town"])
def test_other_text_is_left_alone(shown, text):
    assert shown(text) == text


def test_text_is_escaped_as_ever(shown):
    assert shown("<b>your local emergency number</b>") == "&lt;b&gt;911&lt;/b&gt;"


def test_a_body_that_is_safe_stays_so(shown):
    assert shown(mark_safe("<p>Call <b>your local emergency number</b>.</p>")) == "<p>Call <b>911</b>.</p>"


def test_every_country_has_a_number_and_a_line_has_a_name():
    for country, phones in PHONES.items():
        assert len(country) == 2
        assert country.isupper()
        assert is_phone_number(phones.emergency)
        assert bool(phones.advice) == bool(phones.advice_name)
        assert not phones.advice or is_phone_number(phones.advice)


@pytest.mark.parametrize("country", EUROPEAN_UNION)
def test_112_is_the_number_of_the_european_union(country):
    assert phones_of(country).emergency == "112"


@pytest.mark.django_db
def test_templates_know_whom_to_call(client, settings):
    settings.EMERGENCY_NUMBER = "999"
    assert "999" in client.get("/").text


def test_the_words_of_an_article_name_the_number_too(client, hand, settings):
    settings.EMERGENCY_NUMBER = "999"
    draft = factories.draft(hand["M61.24"])
    draft.sections.filter(kind="overview").update(body="<p>Call your <em>local</em> doctor or your local emergency number.</p>")
    publish(draft)
    page = client.get(draft.article.get_absolute_url()).content.decode()
    assert "<p>Call your <em>local</em> doctor or 999.</p>" in page
