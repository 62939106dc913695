"""A–Z and the search page."""

import pytest

from conditions.finding import keeping
from conditions.pages.az import initial


@pytest.mark.parametrize(
    ("name", "letter"),
    [("Éczéma", "e"), ("hand", "h"), ("5-day fever", "0-9"), ("“Stone” hand", "s"), ("Ökland", "o"), ("…", "0-9")],
)
def test_accents_fold_and_digits_go_together(name, letter):
    assert initial(name) == letter


def test_an_article_stands_under_each_shown_name(client, article):
    article.names.create(text="Stone hand")
    article.names.create(text="Ston hand", is_shown=False)
    assert article.get_absolute_url() in client.get("/conditions/h/").content.decode()
    page = client.get("/conditions/s/").content.decode()
    assert "Stone hand" in page
    assert "see Hardened hand muscle" in page
    assert "Ston hand" not in page


def test_a_letter_without_names_is_a_404_and_no_link(client, article):
    assert client.get("/conditions/x/").status_code == 404
    assert 'href="/conditions/x/"' not in client.get("/conditions/").content.decode()


@pytest.mark.parametrize("query", ["M61.249", "m61249", "hand muscle", "HARDENED", "stone"])
def test_an_article_is_found_by_code_title_and_name(client, article, query):
    article.names.create(text="Stone hand")
    keeping.rebuild()
    assert article.get_absolute_url() in client.get("/search/", {"q": query}).content.decode()


@pytest.mark.parametrize("query", ["", " ", "x" * 5000, "\x00", "a\x00b", "%", "'\"<script>", "é\ud7ff", "."])
def test_any_query_is_answered(client, index, article, query):
    response = client.get("/search/", {"q": query})
    assert response.status_code == 200
    assert b"<script>" not in response.content


@pytest.mark.parametrize("query", ["hand", "", "\x00", "é\ud7ff", "x" * 5000, "M61"])
def test_any_query_is_answered_without_an_index(client, article, query):
    response = client.get("/search/", {"q": query})
    assert response.status_code == 200
    assert client.get("/search/suggest/", {"q": query}).json().keys() == {"suggestions"}


def test_search_answers_bytes_that_are_no_text(client, article):
    assert client.get("/search/?q=%ff%fe").status_code == 200
