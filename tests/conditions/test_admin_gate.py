"""The gate at the desk: staff without the right to see drafts meet neither drafts nor gated text, anywhere."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.text import slugify

from conditions.models import Article, AuditEntry, Change, GatedText, GlossaryTerm, Item, MistakeReport, Picture, Revision, Seat
from conditions.workflow import start_draft
from tests import factories
from tests.conditions.clinicians import clinician
from tests.conditions.desk import desk, filled, grant

DRAFT_WORD = "zirkonomantic"  # stands in a draft alone
MODELS = ["article", "revision", "item", "change", "glossaryterm", "mistakereport", "reviewer", "auditentry"]
PARTS = ["articleitem", "name", "section", "carecard", "reference", "relatedarticle", "picture"]
LOOKING = [f"view_{model}" for model in ("article", "revision", "item", "change", "glossaryterm", "reviewer", "auditentry", *PARTS)]
WORKING = [f"{verb}_{model}" for verb in ("add", "change", "delete") for model in ("article", "revision", "reviewer", *PARTS)]


@pytest.fixture
def draft(article):
    """A draft beside the published revision; its every text holds `DRAFT_WORD`."""
    draft = start_draft(article)
    Revision.objects.filter(pk=draft.pk).update(title=DRAFT_WORD, summary=DRAFT_WORD, change_sentence=DRAFT_WORD)
    draft.sections.update(heading=DRAFT_WORD, body=DRAFT_WORD)
    draft.care_cards.update(heading=DRAFT_WORD, body=DRAFT_WORD)
    draft.references.update(title=DRAFT_WORD)
    factories.picture(draft, **dict.fromkeys(Picture.PUBLIC_TEXTS, DRAFT_WORD))
    GatedText.objects.for_revision(draft).update(body=f"{factories.CANARY} {DRAFT_WORD}")
    return Revision.objects.get(pk=draft.pk)


@pytest.fixture
def looker(clerk):
    """On the staff, with the right to view everything but drafts."""
    return grant(clerk, *LOOKING)


@pytest.fixture
def worker(clerk):
    """On the staff, with rights to change much, but not to see drafts."""
    return grant(clerk, *LOOKING, *WORKING, "publish_revision", "record_review")


def test_the_walk_knows_every_model_of_the_desk():
    registered = {model._meta.model_name for model in admin.site._registry if model._meta.app_label == "conditions"}
    assert registered == set(MODELS)


def addresses(draft):
    """Every address of the admin that is about conditions, with the keys of real rows, and the admin's own pages."""
    MistakeReport.objects.get_or_create(text="A mistake.")
    keys = {
        "article": [draft.article_id],
        "revision": draft.article.revisions.values_list("pk", flat=True),
        "item": [Item.objects.get(code="M61.24").pk],
        "change": [Change.objects.get().pk],
        "glossaryterm": [GlossaryTerm.objects.get_or_create(term="Tendon", definition="A cord that ties muscle to bone.")[0].pk],
        "mistakereport": [MistakeReport.objects.get().pk],
        "reviewer": [clinician().pk],
        "auditentry": AuditEntry.objects.values_list("pk", flat=True),
    }
    for model in keys:
        patterns = admin.site.get_model_admin(apps.get_model("conditions", model)).get_urls()
        for pattern in [pattern for pattern in patterns if pattern.name]:
            page = pattern.name.removeprefix(f"conditions_{model}_")
            yield from [desk(model, page, key) for key in keys[model]] if pattern.pattern.converters else [desk(model, page)]
    yield from (reverse("admin:index"), reverse("admin:app_list", args=["conditions"]), reverse("admin:jsi18n"))
    for term in (factories.CANARY, DRAFT_WORD, "hand"):
        for model, field in (
            ("articleitem", "item"),
            ("change", "revision"),
            ("section", "revision"),
            ("name", "article"),
            ("relatedarticle", "article"),
        ):
            yield f"{reverse('admin:autocomplete')}?app_label=conditions&model_name={model}&field_name={field}&term={term}"
        for model in keys:
            yield f"{desk(model, 'changelist')}?q={term}"


def words_met(client, address):
    """Return the forbidden words that an address answers with, to GET and to POST, other than those it was asked for."""
    texts = [client.get(address, follow=True).text, client.post(address, {"post": "yes", "_save": "on"}).text]
    asked = address.partition("=")[2]
    return [word for word in (factories.CANARY, DRAFT_WORD) for text in texts if word in text and word not in asked]


@pytest.mark.parametrize("person", ["clerk", "looker", "worker"])
def test_no_page_of_the_admin_holds_gated_text_or_a_draft(client, request, draft, person):
    client.force_login(request.getfixturevalue(person))
    walked = list(addresses(draft))
    assert len(walked) > 50
    assert [(address, found) for address in walked if (found := words_met(client, address))] == []


def test_the_same_walk_meets_both_with_the_right(client, reviewer, draft):
    client.force_login(reviewer)
    met = {word for address in addresses(draft) for word in words_met(client, address)}
    assert met == {factories.CANARY, DRAFT_WORD}


@pytest.mark.parametrize("model", MODELS)
def test_a_bare_member_of_staff_is_answered_403(client, clerk, draft, model):
    client.force_login(clerk)
    assert client.get(desk(model, "changelist")).status_code == 403


def test_a_draft_does_not_exist_for_who_may_not_see_it(client, worker, draft):
    client.force_login(worker)
    assert client.get(desk("revision", "change", draft.pk)).url == "/admin/"
    assert client.get(desk("revision", "history", draft.pk)).status_code == 403
    assert client.post(desk("revision", "publish", draft.pk)).status_code == 404
    client.post(desk("revision", "delete", draft.pk), {"post": "yes"})
    assert Revision.objects.filter(pk=draft.pk, state="draft").exists()


def test_nor_is_one_started_unseen(client, worker, article):
    client.force_login(worker)
    assert client.post(desk("article", "start_draft", article.pk)).status_code == 403
    assert article.revisions.count() == 1


def test_the_published_revision_is_read_without_its_gated_text(client, looker, article):
    client.force_login(looker)
    text = client.get(desk("revision", "change", article.revisions.get().pk)).text
    assert "Movement comes first" in text
    assert factories.CANARY not in text


@pytest.mark.parametrize("sent", [{}, {"version": "1", "title": "Another", "_save": "on"}])
@pytest.mark.parametrize(("person", "is_told"), [("looker", False), ("worker", True)])
def test_the_form_of_a_published_revision_tells_who_sees_no_drafts_nothing(client, request, article, person, is_told, sent):
    client.force_login(request.getfixturevalue(person))
    response = client.post(desk("revision", "change", article.revisions.get().pk), sent)
    # Who may change drafts is shown the words that were sent: the draft may have been published since.
    assert response.status_code == (409 if sent and is_told else 403)
    assert factories.CANARY not in response.text
    assert not Seat.objects.exists()


def test_the_page_to_approve_on_is_not_there_for_who_sees_no_drafts(client, clerk, draft):
    client.force_login(grant(clerk, *LOOKING, "approve_revision"))
    for revision in draft.article.revisions.all():
        page = desk("revision", "review", revision.pk)
        assert client.get(page).status_code == client.post(page, {"approve": "on"}).status_code == 404


@pytest.mark.parametrize(("person", "is_shown"), [("looker", False), ("editor", True)])
def test_why_a_text_is_hard_is_for_those_who_see_drafts(client, request, article, person, is_shown):
    article.revisions.update(hard_because="It says zirkonomantic.")
    client.force_login(request.getfixturevalue(person))
    text = client.get(desk("revision", "change", article.revisions.get().pk)).text
    assert ("It says zirkonomantic." in text) == is_shown


def test_the_revisions_of_an_article_are_for_those_who_may_see_revisions(client, clerk, article):
    client.force_login(grant(clerk, "change_article"))
    assert "First version." not in client.get(desk("article", "change", article.pk)).text


@pytest.mark.parametrize(
    "lookup", ["sections__gated_text__body__icontains", "article__revisions__title__icontains", "sections__body__icontains"]
)
def test_a_filter_in_the_address_asks_nothing_of_what_is_hidden(client, looker, draft, lookup):
    client.force_login(looker)
    assert client.get(desk("revision", "changelist"), {lookup: factories.CANARY}).status_code == 400


@pytest.mark.parametrize("person", ["editor", "looker"])
def test_gated_text_is_not_searched_at_the_desk_whoever_asks(client, request, draft, person):
    client.force_login(request.getfixturevalue(person))
    for model in ("article", "revision"):
        assert not client.get(desk(model, "changelist"), {"q": factories.CANARY}).context["cl"].result_list


@pytest.mark.parametrize(("person", "found"), [("editor", 1), ("looker", 0)])
def test_a_drafts_title_is_found_by_those_alone_who_see_it(client, request, draft, person, found):
    client.force_login(request.getfixturevalue(person))
    for model in ("article", "revision"):
        assert len(client.get(desk(model, "changelist"), {"q": DRAFT_WORD}).context["cl"].result_list) == found


def test_the_log_of_the_admin_holds_no_words_of_a_draft(client, editor, draft):
    client.force_login(editor)
    page = desk("revision", "change", draft.pk)
    changed = dict.fromkeys(("title", "sections-0-heading", "care_cards-0-heading", "pictures-0-caption"), f"{DRAFT_WORD} too")
    changed["change_kind"] = "editorial"
    gated = {"sections-2-gated_body": f"<p>{factories.CANARY} {DRAFT_WORD} three</p>"}
    client.post(page, filled(client, page) | changed | gated)
    client.post(desk("revision", "publish", draft.pk))
    client.post(desk("article", "start_draft", draft.article_id))
    client.post(desk("revision", "delete", draft.article.revisions.open().get().pk), {"post": "yes"})
    entries = [entry.object_repr + entry.change_message + str(entry) for entry in LogEntry.objects.all()]
    assert len(entries) == 4
    assert "Members' text" in "".join(entries)
    assert not [entry for entry in entries if DRAFT_WORD in entry or factories.CANARY in entry]


def test_no_admin_stands_on_gated_text_itself():
    assert not admin.site.is_registered(GatedText)


@pytest.mark.parametrize("model", MODELS)
def test_a_list_costs_the_same_for_one_row_and_for_many(client, superuser, hand, model):
    client.force_login(superuser)

    def add(item):
        factories.published_article(hand[item], slug=f"at-{item.lower().replace('.', '-')}").names.create(text=item)
        MistakeReport.objects.create(text=item)
        clinician(slug=slugify(item), user=get_user_model().objects.create(email=f"{slugify(item)}@example.org"))
        factories.item(f"Z{item}")
        Revision.objects.update(created_by=superuser, published_by=superuser)
        Article.objects.update(owner=superuser)
        Item.objects.update(retired_in=factories.release("April 2027"))

    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(desk(model, "changelist")).status_code == 200
        return len(queries)

    add("M61.24")
    cost()
    before = cost()
    for item in ("M61.2", "M61", "M61.241", "M61.242"):
        add(item)
    assert cost() == before
