"""What pages cost in queries. The figures do not grow with what an article holds."""

import pytest

from conditions.models import CareCard, GlossaryTerm, Name, Reference
from conditions.publishing import publish
from conditions.workflow import start_draft
from tests import factories


@pytest.fixture
def long_article(article, hand):
    """The article with every kind of section, and twenty names, cards, references and explained words, and related articles."""
    draft = start_draft(article)
    for kind in ["symptoms", "causes", "diagnosis", "differential", "self-care", "prevention", "outlook", "living-with"]:
        factories.section(draft, kind, kind.title(), gated_body="<p>Some more members' text.</p>" if kind == "outlook" else None)
    for number, place in enumerate([hand["M61"], hand["M61.2"], hand["M61.241"]]):
        draft.related.create(article=factories.published_article(place, slug=f"related-{number}"), position=number)
    for number in range(20):
        GlossaryTerm.objects.create(term=f"Word {number}", other_forms="text", definition="What it means.")
        Name.objects.create(article=article, text=f"Name {number}")
        CareCard.objects.create(revision=draft, urgency="urgent", heading=f"Sign {number} if:", body="<p>So.</p>")
        Reference.objects.create(revision=draft, title=f"Source {number}", publisher="NHS", url="https://www.nhs.uk/")
    draft.change_sentence = "More of everything."
    draft.save()
    publish(draft)
    return article


# Where an editor chose the related articles, nobody looks for the nearest.
@pytest.mark.parametrize(("which", "queries"), [("article", 12), ("long_article", 11)])
def test_an_article_costs_a_visitor_twelve_queries(client, request, which, queries, django_assert_num_queries):
    article = request.getfixturevalue(which)
    with django_assert_num_queries(queries):
        client.get(article.get_absolute_url())


@pytest.mark.parametrize(("which", "queries"), [("article", 15), ("long_article", 14)])
def test_an_article_costs_a_member_fifteen_queries(member_client, request, which, queries, django_assert_num_queries):
    article = request.getfixturevalue(which)
    with django_assert_num_queries(queries):
        member_client.get(article.get_absolute_url())


def test_a_code_page_costs_no_more_with_more_codes(client, article, hand, django_assert_max_num_queries):
    for number in range(3, 9):
        factories.item(f"M61.24{number}", "One more hand", hand["M61.24"])
    with django_assert_max_num_queries(11):
        client.get("/icd-10-cm/M61.249/")


@pytest.mark.parametrize(("address", "most"), [("/", 2), ("/conditions/", 5), ("/conditions/h/", 5), ("/icd-10-cm/", 3)])
def test_lists_cost_a_few_queries(client, article, address, most, django_assert_max_num_queries):
    with django_assert_max_num_queries(most):
        client.get(address)


@pytest.mark.parametrize("address", ["/conditions/", "/conditions/h/"])
def test_a_to_z_costs_one_query_until_something_changes(client, article, address, django_assert_num_queries):
    client.get(address)
    with django_assert_num_queries(1):
        client.get(address)


@pytest.mark.parametrize(("query", "most"), [("hand", 7), ("M61.249", 6), ("qwzxvqwzxvqw", 2), ("", 2)])
def test_a_search_costs_a_few_queries(client, article, index, query, most, django_assert_max_num_queries):
    with django_assert_max_num_queries(most):
        client.get("/search/", {"q": query})


@pytest.mark.parametrize("query", ["ha", "hardened hand", "m61.2", "qwzxv"])
def test_suggestions_cost_two_queries(client, article, index, query, django_assert_max_num_queries):
    with django_assert_max_num_queries(2):
        client.get("/search/suggest/", {"q": query})
