"""Two revisions side by side at the desk: everything that differs is told, and nothing to those who may not know it."""

import re
from html.parser import HTMLParser

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conditions.admin.side_by_side import side_by_side
from conditions.contents import content
from conditions.models import Article, CareCard, GatedText, Reference, RelatedArticle, Revision, Section
from conditions.publishing import publish, withdraw
from conditions.workflow import start_draft
from tests import factories
from tests.conditions.desk import desk, grant


@pytest.fixture
def draft(article):
    """A draft of the published article, as yet without a change but for the sentence that says what changed."""
    other = Article.objects.create(slug="sore-hand")
    for revision in (article.revisions.get(), start_draft(article)):
        factories.picture(revision)
        RelatedArticle.objects.get_or_create(revision=revision, article=other)
    draft = article.revisions.open().get()
    Revision.objects.filter(pk=draft.pk).update(change_sentence=draft.article.revisions.published().get().change_sentence)
    return Revision.objects.get(pk=draft.pk)


def page(revision):
    return desk("revision", "compare", revision.pk)


def differing(response):
    return [part.slug for part in response.context["differing"]]


def of(response, slug):
    """Return {label: (old, new)} of the rows that differ in a part."""
    part = next(part for part in response.context["parts"] if part.slug == slug)
    return {row.label: (row.old, row.new) for row in part.rows if row.differs}


# --- Which two --------------------------------------------------------------------------------------------------------------


def test_a_draft_is_held_against_what_readers_have(client, reviewer, draft):
    client.force_login(reviewer)
    context = client.get(page(draft)).context
    assert (context["older"].number, context["newer"]) == (1, draft)


def test_another_revision_is_held_against_the_one_before_it(client, reviewer, draft):
    publish(draft)
    third = start_draft(draft.article)
    Revision.objects.filter(pk=third.pk).update(change_sentence="A third.")
    publish(Revision.objects.get(pk=third.pk))
    client.force_login(reviewer)
    context = client.get(page(third)).context
    assert (context["older"].number, context["newer"].number) == (2, 3)


def test_a_draft_after_a_withdrawal_is_held_against_what_was_withdrawn(client, reviewer, article):
    withdraw(article.revisions.get(), "Out of date.")
    client.force_login(reviewer)
    assert client.get(page(start_draft(article))).context["older"].state == "withdrawn"


def test_any_two_are_chosen_by_the_form_and_the_older_stands_left(client, reviewer, draft):
    publish(draft)
    third = start_draft(draft.article)
    first = draft.article.revisions.get(number=1)
    client.force_login(reviewer)
    chosen = client.get(page(third), {"with": third.pk, "of": first.pk})
    assert chosen.url == f"{page(first)}?with={third.pk}"
    context = client.get(chosen.url).context
    assert (context["older"], context["newer"]) == (first, third)
    text = client.get(chosen.url).text
    assert f'<option value="{first.pk}" selected>1, superseded</option>' in text
    assert re.findall(r"<label[^>]*>(.*?)</label>", text) == ["Compare revision", "with revision"]


def test_the_first_revision_has_none_before_it(client, reviewer, article):
    client.force_login(reviewer)
    response = client.get(page(article.revisions.get()))
    assert "no revision before this one" in response.text
    assert response.context["other"] is None


def test_a_revision_of_another_article_is_not_there_to_compare_with(client, reviewer, draft, hand):
    other = factories.published_article(hand["M61"], slug="other").revisions.get()
    client.force_login(reviewer)
    for query in ({"with": other.pk}, {"with": "x"}, {"with": ""}, {"with": draft.pk, "of": other.pk}, {"of": "1e3"}):
        assert client.get(page(draft), query).status_code == 404


# --- What differs -----------------------------------------------------------------------------------------------------------


def test_two_that_say_the_same_differ_in_nothing(client, reviewer, draft):
    client.force_login(reviewer)
    response = client.get(page(draft))
    assert differing(response) == []
    assert "Nothing differs" in response.text
    assert not re.search(r"<details[^>]* open", response.text)


def change(model, **fields):
    return lambda draft: model.objects.filter(revision=draft).update(**fields)


def change_draft(**fields):
    return lambda draft: Revision.objects.filter(pk=draft.pk).update(**fields)


def change_section(**fields):
    return lambda draft: draft.sections.filter(kind="overview").update(**fields)


def change_picture(**fields):
    return lambda draft: draft.pictures.update(**fields)


def other_related(draft):
    draft.related.update(article=Article.objects.create(slug="sore-arm"))


def swap_sections(draft):
    draft.sections.filter(kind="overview").update(position=7)


def second_card_first(draft):
    """Give both revisions two cards, in another order."""
    for revision, place in zip(draft.article.revisions.all(), (0, 5), strict=True):
        CareCard.objects.create(revision=revision, urgency="emergency", heading="Call now if:", body="<p>Pain.</p>", position=place)
        revision.care_cards.filter(urgency="urgent").update(position=3)


CHANGES = {
    "title": (change_draft(title="Stone hand"), "title"),
    "summary": (change_draft(summary="Bone."), "summary"),
    "change_kind": (change_draft(change_kind="safety"), "what-changed"),
    "change_sentence": (change_draft(change_sentence="New."), "what-changed"),
    "is_sample": (change_draft(is_sample=True), "about"),
    "hard_because": (change_draft(hard_because="It is hard."), "about"),
    "sections.heading": (change_section(heading="What is it"), "section-overview"),
    "sections.audience": (change_section(audience="members"), "section-overview"),
    "sections.body": (change_section(body="<p>Other.</p>"), "section-overview"),
    "sections.body: a link": (
        change_section(body='<p>A part of the <a href="/x/">muscle</a> turns into bone.</p>'),
        "section-overview",
    ),
    "sections.gated_body": (lambda draft: GatedText.objects.for_revision(draft).update(body="<p>Other.</p>"), "section-treatment"),
    "sections.gated_body: gone": (lambda draft: GatedText.objects.for_revision(draft).delete(), "section-treatment"),
    "sections: gone": (lambda draft: draft.sections.filter(kind="overview").delete(), "section-overview"),
    "sections.kind": (lambda draft: factories.section(draft, "causes"), "section-causes"),
    "sections: order": (swap_sections, "order"),
    "care_cards.urgency": (change(CareCard, urgency="emergency"), "care-cards"),
    "care_cards.heading": (change(CareCard, heading="Call if:"), "care-cards"),
    "care_cards.body": (change(CareCard, body="<p>Cold.</p>"), "care-cards"),
    "care_cards: order": (second_card_first, "care-cards"),
    "references.title": (change(Reference, title="Other"), "references"),
    "references.publisher": (change(Reference, publisher="Other"), "references"),
    "references.url": (change(Reference, url="https://other.example/"), "references"),
    "references.read_on": (change(Reference, read_on="2026-01-02"), "references"),
    "references: gone": (lambda draft: draft.references.all().delete(), "references"),
    "pictures.section": (change_picture(section="treatment"), "pictures"),
    "pictures.digest": (change_picture(digest="0" * 64), "pictures"),
    "pictures.alternative_text": (change_picture(alternative_text="An arm."), "pictures"),
    "pictures.caption": (change_picture(caption="Other."), "pictures"),
    "pictures.credit": (change_picture(credit="B. Artist"), "pictures"),
    "pictures.licence": (change_picture(licence="CC0"), "pictures"),
    "pictures: gone": (lambda draft: draft.pictures.all().delete(), "pictures"),
    "related.slug": (other_related, "related"),
    "related: gone": (lambda draft: draft.related.all().delete(), "related"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_whatever_readers_would_be_given_differently_is_told(client, reviewer, draft, what):
    act, slug = CHANGES[what]
    act(draft)
    assert content(Revision.objects.get(pk=draft.pk)) != content(draft.article.revisions.get(number=1))
    client.force_login(reviewer)
    response = client.get(page(draft))
    assert differing(response) == [slug]
    assert f'href="#{slug}"' in response.text
    assert f'id="{slug}" open' in response.text


def test_every_field_of_the_contents_is_among_what_is_tried(draft):
    own = content(draft)
    of_parts = {f"{part}.{field}" for part, rows in own.items() if isinstance(rows, list) for field in rows[0]}
    fields = {name for name, value in own.items() if not isinstance(value, list)} | of_parts
    assert fields - CHANGES.keys() == {"related.language"}  # an article is related to those in its own language


def test_words_are_marked_on_both_sides(client, reviewer, draft):
    change_section(body="<p>A part of the muscle turns into stone.</p>")(draft)
    client.force_login(reviewer)
    assert of(client.get(page(draft)), "section-overview") == {
        "Text for everybody": (
            "<p>A part of the muscle turns into <del>bone</del>.</p>",
            "<p>A part of the muscle turns into <ins>stone</ins>.</p>",
        )
    }


def test_a_section_that_one_has_not_is_marked_whole(client, reviewer, draft):
    draft.sections.filter(kind="overview").delete()
    factories.section(draft, Section.Kind.CAUSES, "Why", "<p>Nobody knows.</p>")
    client.force_login(reviewer)
    response = client.get(page(draft))
    assert of(response, "section-overview")["Heading"] == ("<del>What it is</del>", "")
    assert of(response, "section-causes")["Text for everybody"] == ("", "<p><ins>Nobody knows.</ins></p>")
    slugs = [part.slug for part in response.context["parts"] if part.slug.startswith("section-")]
    assert slugs == ["section-when-to-get-help", "section-treatment", "section-causes", "section-overview"]


def test_references_are_matched_by_address_then_by_position(client, reviewer, draft):
    """The old one of the same address goes with the new one, though it stands elsewhere; the others go with each other."""
    old = draft.article.revisions.get(number=1)
    same = {"publisher": "NHS", "url": "https://www.nhs.uk/hand/"}
    Reference.objects.create(revision=old, title="Hand pain", position=1, **same)
    draft.references.update(url="https://medlineplus.gov/other.html", title="Other disorders", position=1)
    Reference.objects.create(revision=draft, title="Hand aches", position=0, **same)
    client.force_login(reviewer)
    rows = of(client.get(page(draft)), "references")
    assert rows["Reference 1"][0].startswith("<p>Hand <del>pain</del></p><p>NHS</p>")
    assert rows["Reference 2"][1].startswith("<p><ins>Other</ins> disorders</p><p>MedlinePlus</p>")
    assert rows["Order"][0] == "<ol><li>Other disorders</li><li><del>Hand aches</del></li></ol>"


def test_what_no_word_shows_is_said(client, reviewer, draft):
    change_section(body="<p>A part of the muscle</p> turns into bone.")(draft.article.revisions.get(number=1))
    change_section(body="<p>A part of the muscle</p> turns into bone.<br>")(draft)
    draft.pictures.update(digest="0" * 64)
    client.force_login(reviewer)
    assert client.get(page(draft)).text.count("The words are the same; a break, a list or a file is another one.") == 2


def test_names_are_those_that_readers_saw_and_of_a_draft_those_of_today(client, reviewer, draft):
    draft.article.names.create(text="stone hand")
    draft.article.names.create(text="hidden hand", is_shown=False)
    client.force_login(reviewer)
    assert of(client.get(page(draft)), "names") == {"Names": ("", "<ul><li><ins>stone hand</ins></li></ul>")}
    publish(draft)
    draft.article.names.all().delete()
    assert of(client.get(page(draft)), "names") == {"Names": ("", "<ul><li><ins>stone hand</ins></li></ul>")}


def test_names_that_were_not_kept_differ_from_none(client, reviewer, draft):
    Revision.objects.filter(article=draft.article_id, number=1).update(names_then=None)
    draft.article.names.create(text="stone hand")
    client.force_login(reviewer)
    response = client.get(page(draft))
    assert [(part.slug, part.verdict) for part in response.context["parts"] if part.verdict != "the same"] == [
        ("names", "not known")
    ]
    assert "Not kept then." in response.text


def test_what_an_editor_typed_stays_text(client, reviewer, draft):
    typed = "<script>alert(1)</script> & <b>"
    change_draft(title=typed, summary=typed, hard_because=typed, change_sentence=typed)(draft)
    draft.sections.update(heading=typed)
    draft.references.update(title=typed, publisher=typed, url="https://x.example/<b>")
    draft.care_cards.update(heading=typed)
    draft.pictures.update(caption=typed, alternative_text=typed, credit=typed, licence=typed)
    draft.article.names.create(text=typed)
    client.force_login(reviewer)
    text = client.get(page(draft)).text
    assert "<script>alert" not in text
    assert "<b>" not in text


class Outline(HTMLParser):
    def __init__(self):
        super().__init__()
        self.ids, self.links = [], []

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.ids += [attributes["id"]] if "id" in attributes else []
        self.links += [attributes["href"][1:]] if attributes.get("href", "").startswith("#") else []


def test_each_link_of_the_page_leads_to_one_place(client, reviewer, draft):
    for act, _ in CHANGES.values():
        act(draft) if act not in (swap_sections, second_card_first) else None
    client.force_login(reviewer)
    outline = Outline()
    outline.feed(client.get(page(draft)).text)
    assert len(set(outline.ids)) == len(outline.ids)
    assert set(outline.links) - {""} <= set(outline.ids)


# --- Who sees it ------------------------------------------------------------------------------------------------------------

LOOKING = ["view_revision", "view_section", "view_article"]


def test_it_is_for_those_who_view_revisions(client, clerk, article):
    client.force_login(grant(clerk, "view_draft", "view_article"))
    assert client.get(page(article.revisions.get())).status_code == 403


def test_a_draft_is_not_there_for_who_may_not_see_it(client, clerk, draft):
    published = draft.article.revisions.published().get()
    client.force_login(grant(clerk, *LOOKING))
    for address in (page(draft), f"{page(published)}?with={draft.pk}", f"{page(published)}?with={published.pk}&of={draft.pk}"):
        assert client.get(address).status_code == 404
    text = client.get(page(published)).text
    assert "draft" not in text.partition('id="content-main"')[2]


def test_nor_is_members_text_of_the_published_one(client, clerk, article):
    published = article.revisions.get()
    client.force_login(grant(clerk, *LOOKING))
    text = client.get(page(published), {"with": published.pk}).text
    assert "Movement comes first" in text
    assert factories.CANARY not in text
    assert "Members' text" not in text


def test_who_sees_no_drafts_is_not_told_that_members_text_differs(clerk, reviewer, draft):
    """Though no page leads there: such a viewer has one revision of an article."""
    CHANGES["sections.gated_body"][0](draft)
    old, looker = draft.article.revisions.get(number=1), grant(clerk, *LOOKING)
    assert not [part.slug for part in side_by_side(old, draft, looker) if part.differs]
    assert "Members' text" not in str(side_by_side(old, draft, looker))
    assert [part.slug for part in side_by_side(old, draft, reviewer) if part.differs] == ["section-treatment"]


def test_a_long_article_costs_as_many_queries_as_a_short_one(client, reviewer, draft):
    client.force_login(reviewer)

    def cost():
        with CaptureQueriesContext(connection) as queries:
            client.get(page(draft))
        return len(queries)

    cost()
    before = cost()
    for kind in ("symptoms", "causes", "diagnosis", "outlook", "prevention"):
        factories.section(draft, kind, gated_body=factories.GATED_BODY)
        factories.picture(draft, section=kind)
        RelatedArticle.objects.create(revision=draft, article=Article.objects.create(slug=kind))
        Reference.objects.create(revision=draft, title=kind, publisher=kind, url=f"https://x.example/{kind}")
        CareCard.objects.create(revision=draft, urgency="urgent", heading=kind, body="<p>Pain.</p>")
    assert cost() == before
