"""A page for every item of the classification."""

import pytest

from conditions.models import Item, Name, Note
from tests import factories


@pytest.fixture
def see(client):
    return lambda code: client.get(f"/icd-10-cm/{code}/").content.decode()


@pytest.mark.parametrize("code", ["M61.24", "M61.241", "M61.242", "M61.249"])
def test_the_codes_of_a_family_lead_to_one_article(see, article, code):
    page = see(code)
    assert f'href="{article.get_absolute_url()}"' in page
    assert "Bone forms in a muscle of the hand." in page
    assert "Ask for help when the hand swells." in page
    assert factories.CANARY not in page


def test_a_nearer_article_takes_over(see, article, hand):
    nearer = factories.published_article(hand["M61.241"], slug="right-hand", title="Right hand")
    assert f'href="{nearer.get_absolute_url()}"' in see("M61.241")
    assert f'href="{article.get_absolute_url()}"' in see("M61.242")


def test_above_the_article_the_nearest_ones_are_named(see, article):
    page = see("M61")
    assert "Articles nearest to it" in page
    assert article.get_absolute_url() in page


def test_without_any_article_the_page_says_so(see, hand):
    assert "There is no article about this yet." in see("M61.24")


@pytest.mark.parametrize("written", ["m61249", "M61249", "m61.249", " M61.249 "])
def test_a_code_written_otherwise_redirects_to_its_form(client, hand, written):
    response = client.get(f"/icd-10-cm/{written}/")
    assert (response.status_code, response["Location"]) == (301, "/icd-10-cm/M61.249/")


@pytest.mark.parametrize("code", ["M61.999", "nothing", "99", "M61-", "%00", "é"])
def test_an_unknown_code_is_a_404(client, hand, code):
    assert client.get(f"/icd-10-cm/{code}/").status_code == 404


def test_siblings_and_children_are_linked(see, hand):
    assert 'href="/icd-10-cm/M61.241/"' in see("M61.249")
    assert 'href="/icd-10-cm/M61.249/"' in see("M61.24")


def test_inherited_notes_name_their_origin(see, hand):
    page = see("M61.249")
    assert "muscular dystrophies and myopathies (G71-G72)" in page
    assert '<a href="/icd-10-cm/M60-M63/">M60-M63</a>' in page


def test_an_inclusion_term_names_its_own_item_alone(see, hand):
    Note.objects.create(item=hand["M61.24"], kind=Note.Kind.INCLUSION_TERM, position=0, text="Stiffened palm")
    assert "Stiffened palm" in see("M61.24")
    assert "Stiffened palm" not in see("M61.249")


def test_the_nearest_seventh_characters_count(see, hand):
    for item, text in [(hand["M61"], "far encounter"), (hand["M61.2"], "near encounter")]:
        Note.objects.create(item=item, kind=Note.Kind.SEVENTH_CHARACTER, position=0, character="A", text=text)
    page = see("M61.249")
    assert "near encounter" in page
    assert "far encounter" not in page


def test_the_flag_is_told(see, hand):
    assert "Assignable (billable)" in see("M61.249")
    assert "Not assignable" in see("M61.24")


def test_shown_names_of_the_item_are_told(see, hand):
    Name.objects.create(item=hand["M61.249"], text="Bony hand")
    Name.objects.create(item=hand["M61.249"], text="Boney hand", is_shown=False)
    page = see("M61.249")
    assert "Bony hand" in page
    assert "Boney hand" not in page


def test_a_retired_code_stays_readable_and_says_since_when(see, hand, article):
    Item.objects.filter(code="M61.249").update(retired_in=factories.release("April 2027"))
    page = see("M61.249")
    assert "no longer in the classification since April 2027" in page
    assert article.get_absolute_url() in page
    assert "M61.249" not in see("M61.24")


def test_a_block_and_its_only_category_share_a_page(see, hand):
    block = factories.item("C50", "Malignant neoplasms of breast", factories.item("2", "Neoplasms"))
    category = factories.item("C50", "Malignant neoplasm of breast", block)
    Note.objects.create(item=block, kind=Note.Kind.INCLUDES, position=0, text="connective tissue of breast")
    page = see("C50")
    assert "Malignant neoplasm of breast" in page
    assert "Also a block: Malignant neoplasms of breast" in page
    assert "connective tissue of breast" in page
    assert category.parent == block


def test_only_a_block_of_one_says_that_it_is_also_a_block(see, hand):
    assert "Also a block" not in see("M61")


def test_chapters_are_listed_in_order(client, hand):
    page = client.get("/icd-10-cm/").content.decode()
    assert 'href="/icd-10-cm/13/"' in page
