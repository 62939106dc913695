"""The page of an article at the desk: address, codes, names, and the way to its revisions."""

import re
from datetime import UTC, date, datetime

import pytest

from conditions.models import Article, ArticleItem, AuditEntry, Name, OldSlug, Reviewer, Revision
from conditions.publishing import publish
from conditions.workflow import approve, start_draft, submit
from tests import factories
from tests.conditions.desk import add_row, desk, errors, filled, grant, save


@pytest.fixture
def page(article):
    return desk("article", "change", article.pk)


def new_article(client, item, **fields):
    data = filled(client, desk("article", "add")) | {"slug": "stone-hand"} | fields
    return client.post(desk("article", "add"), data | {"attachments-0-item": item.pk, "attachments-0-is_primary": "on"})


# --- Beginning --------------------------------------------------------------------------------------------------------------


def test_a_new_article_starts_with_its_first_draft(at_desk, author, hand):
    response = new_article(at_desk, hand["M61.24"])
    draft = Revision.objects.get()
    assert (draft.article.slug, draft.number, draft.state, draft.created_by) == ("stone-hand", 1, "draft", author)
    assert response.url == desk("revision", "change", draft.pk)


def test_a_new_article_may_have_a_name_that_a_list_gave_to_a_code(at_desk, hand):
    hand["M61.24"].names.create(text="Stone hand", origin="list")
    data = filled(at_desk, desk("article", "add")) | {"slug": "stone-hand", "attachments-0-item": hand["M61.24"].pk}
    assert not errors(at_desk.post(desk("article", "add"), data | {"names-0-text": "Stone hand"}))
    assert Article.objects.get().names.get().text == "Stone hand"


def test_its_form_has_one_way_on(at_desk, db):
    text = at_desk.get(desk("article", "add")).text
    assert [button in text for button in ("_save", "_addanother", "_continue")] == [True, False, False]


def test_without_the_right_to_write_a_new_article_has_no_draft(client, clerk, hand):
    rights = ["view_article", "add_article", "add_articleitem", "view_item"]
    client.force_login(grant(clerk, *rights))
    new_article(client, hand["M61.24"])
    assert Article.objects.count() == 1
    assert not Revision.objects.exists()


def test_a_draft_is_started_and_led_to(at_desk, article):
    response = at_desk.post(desk("article", "start_draft", article.pk))
    assert response.url == desk("revision", "change", article.revisions.open().get().pk)


def test_a_second_draft_is_refused_with_its_reason(at_desk, article):
    start_draft(article)
    response = at_desk.post(desk("article", "start_draft", article.pk), follow=True)
    assert "open draft already" in response.text
    assert article.revisions.count() == 2


def test_the_page_offers_a_draft_or_leads_to_the_open_one(at_desk, article, page):
    assert desk("article", "start_draft", article.pk) in at_desk.get(page).text
    draft = start_draft(article)
    text = at_desk.get(page).text
    assert desk("article", "start_draft", article.pk) not in text
    assert desk("revision", "change", draft.pk) in text


def test_a_reviewer_starts_no_draft(client, reviewer, article, page):
    client.force_login(reviewer)
    assert client.post(desk("article", "start_draft", article.pk)).status_code == 403
    assert "Start a draft" not in client.get(page).text
    assert article.revisions.count() == 1


def test_a_draft_is_not_started_by_opening_an_address(at_desk, article):
    assert at_desk.get(desk("article", "start_draft", article.pk)).status_code == 405


# --- Address ----------------------------------------------------------------------------------------------------------------


def test_moving_a_published_article_keeps_the_way_to_it(at_desk, article, page):
    assert not errors(save(at_desk, page, slug="stone-hand"))
    assert OldSlug.objects.get().slug == "hardened-hand-muscle"


def test_the_old_address_of_another_article_is_refused_at_its_field(at_desk, article, hand, page):
    save(at_desk, page, slug="stone-hand")
    response = new_article(at_desk, hand["M61.2"], slug="hardened-hand-muscle")
    assert "old address of the article “stone-hand”" in errors(response)
    assert response.context["adminform"].form.errors.keys() == {"slug"}


def test_the_address_is_asked_for_in_plain_words(at_desk, db, hand):
    text = at_desk.get(desk("article", "add")).text
    assert "Address:" in text
    assert "Slug" not in text
    assert "lower-case words joined by hyphens" in errors(new_article(at_desk, hand["M61.24"], slug="Stone hand"))


def test_an_address_that_another_article_has_is_refused_in_plain_words(at_desk, article, hand):
    said = errors(new_article(at_desk, hand["M61.2"], slug=article.slug))
    assert "Another article in this language has this address." in said
    assert "Slug" not in said


def test_the_language_stays_once_readers_had_the_article(at_desk, article, page):
    save(at_desk, page, language="de")
    article.refresh_from_db()
    assert article.language == "en"


def test_before_that_its_codes_go_to_the_other_language_with_it(at_desk, hand):
    draft = factories.draft(hand["M61.24"])
    assert not errors(save(at_desk, desk("article", "change", draft.article_id), language="de"))
    assert ArticleItem.objects.get().language == "de"


# --- Codes ------------------------------------------------------------------------------------------------------------------


def test_a_code_belongs_to_one_article_of_a_language(at_desk, article, hand):
    response = new_article(at_desk, hand["M61.24"])
    assert "The article “hardened-hand-muscle” is attached to this code" in errors(response)
    assert "item" in response.context["inline_admin_formsets"][0].formset.forms[0].errors


def test_in_another_language_it_may_have_another(at_desk, article, hand):
    assert not errors(new_article(at_desk, hand["M61.24"], language="de"))
    assert ArticleItem.objects.get(article__slug="stone-hand").language == "de"


def test_a_code_is_attached_once(at_desk, article, page):
    data = filled(at_desk, page)
    data["attachments-1-item"] = data["attachments-0-item"]
    assert "stands here already" in errors(at_desk.post(page, data))


@pytest.mark.parametrize("primary", [[], ["attachments-0", "attachments-1"]])
def test_exactly_one_code_is_primary(at_desk, article, hand, page, primary):
    data = filled(at_desk, page) | {"attachments-1-item": hand["M61.2"].pk}
    data.pop("attachments-0-is_primary")
    response = at_desk.post(page, data | {f"{row}-is_primary": "on" for row in primary})
    assert "exactly one as the primary" in errors(response)


def test_the_only_code_is_the_primary_one_ticked_or_not(at_desk, hand):
    data = filled(at_desk, desk("article", "add")) | {"slug": "stone-hand", "attachments-0-item": hand["M61.24"].pk}
    assert not errors(at_desk.post(desk("article", "add"), data))
    assert ArticleItem.objects.get().is_primary


def test_a_code_that_is_left_alone_becomes_the_primary_one(at_desk, article, hand, page):
    ArticleItem.objects.create(article=article, item=hand["M61.2"])
    # What a browser sends of a row that was left alone.
    as_it_was = dict(re.findall(r'name="(initial-attachments-1-[^"]*)" value="([^"]*)"', at_desk.get(page).text))
    assert len(as_it_was) >= 3
    assert not errors(save(at_desk, page, **as_it_was, **{"attachments-0-DELETE": "on"}))
    left = article.attachments.get()
    assert (left.item, left.is_primary) == (hand["M61.2"], True)


def test_the_last_code_is_not_taken_away(at_desk, article, page):
    assert "at least one code" in errors(save(at_desk, page, **{"attachments-0-DELETE": "on"}))


def test_another_code_becomes_the_primary_one(at_desk, article, hand, page):
    ArticleItem.objects.create(article=article, item=hand["M61.2"])
    data = filled(at_desk, page) | {"attachments-1-is_primary": "on"}
    data.pop("attachments-0-is_primary")
    assert not errors(at_desk.post(page, data))
    assert article.attachments.get(is_primary=True).item == hand["M61.2"]


def test_two_codes_may_change_places(at_desk, article, hand, page):
    ArticleItem.objects.create(article=article, item=hand["M61.2"])
    changes = {"attachments-0-item": hand["M61.2"].pk, "attachments-1-item": hand["M61.24"].pk}
    assert not errors(save(at_desk, page, **changes))
    assert article.attachments.get(is_primary=True).item == hand["M61.2"]


def test_a_code_is_taken_away_and_attached_anew_at_once(at_desk, article, page):
    data = filled(at_desk, page) | {"attachments-0-DELETE": "on", "attachments-1-is_primary": "on"}
    data["attachments-1-item"] = data["attachments-0-item"]
    assert not errors(at_desk.post(page, data))


def test_codes_are_found_by_code_and_by_words(at_desk, hand):
    address = "/admin/autocomplete/?app_label=conditions&model_name=articleitem&field_name=item&term="
    for term in ("M61.249", "m61249", "unspecified hand"):
        assert [found["text"] for found in at_desk.get(address + term).json()["results"]] == [str(hand["M61.249"])]


def test_who_only_looks_at_the_codes_may_still_change_the_rest(client, clerk, article, page):
    client.force_login(grant(clerk, "change_article", "view_articleitem"))
    assert not errors(save(client, page, slug="stone-hand"))
    article.refresh_from_db()
    assert article.slug == "stone-hand"
    assert article.attachments.count() == 1


# --- Names ------------------------------------------------------------------------------------------------------------------


def test_names_are_shown_or_hidden(at_desk, article, page):
    data = filled(at_desk, page) | {"names-0-text": "Stone hand"}
    data.pop("names-0-is_shown")
    at_desk.post(page, data)
    name = article.names.get()
    assert (name.text, name.is_shown, name.language) == ("Stone hand", False, "en")


def test_a_name_speaks_the_language_of_its_article(at_desk, hand):
    new_article(at_desk, hand["M61.24"], language="de", **{"names-0-text": "Steinhand"})
    assert Name.objects.get().language == "de"


def test_a_name_stands_once_whatever_its_capitals(at_desk, article, page):
    Name.objects.create(article=article, text="Stone hand")
    response = save(at_desk, page, **{"names-1-text": "STONE hand"})
    assert "stands here already" in errors(response)
    assert article.names.count() == 1


def test_two_names_may_change_places(at_desk, article, page):
    for text in ("Stone hand", "Iron hand"):
        Name.objects.create(article=article, text=text)
    save(at_desk, page, **{"names-0-text": "Iron hand", "names-1-text": "Stone hand"})
    assert [name.text for name in article.names.order_by("pk")] == ["Iron hand", "Stone hand"]


def test_a_name_holds_no_six_words_of_gated_text(at_desk, article, page):
    told = "Add splints made for the hand"
    response = save(at_desk, page, **{"names-0-text": told})
    assert "add splints made for the hand" in errors(response)
    assert response.context["inline_admin_formsets"][1].formset.forms[0]["text"].value() == told


def test_the_page_says_that_names_are_live_at_once(at_desk, page):
    assert "live as soon as you save" in at_desk.get(page).text


# --- Keeping what readers were given ----------------------------------------------------------------------------------------


def test_an_article_with_a_revision_is_not_deleted(client, superuser, article, page):
    client.force_login(superuser)
    client.post(desk("article", "delete", article.pk), {"post": "yes"})
    client.post(desk("article", "changelist"), {"action": "delete_selected", "_selected_action": article.pk, "post": "yes"})
    assert Article.objects.get() == article


def test_nor_is_one_that_is_being_written(client, superuser, hand):
    draft = factories.draft(hand["M61.24"])
    client.force_login(superuser)
    assert client.post(desk("article", "delete", draft.article_id), {"post": "yes"}).status_code == 403
    assert Article.objects.count() == 1


def test_an_article_without_one_may_be(client, superuser):
    client.force_login(superuser)
    client.post(desk("article", "delete", Article.objects.create(slug="slip").pk), {"post": "yes"})
    assert not Article.objects.exists()


def test_the_revisions_are_listed_with_links(at_desk, article, page):
    text = at_desk.get(page).text
    assert desk("revision", "change", article.revisions.get().pk) in text
    assert "First version." in text


def test_members_are_not_offered_as_owners(at_desk, article, author, member, page):
    owners = at_desk.get(page).context["adminform"].form.fields["owner"].queryset
    assert list(owners) == [author]


def test_add_another_fills_a_further_row(at_desk, article, page):
    data = filled(at_desk, page)
    add_row(data, "names", text="Stone hand", is_shown="on")
    at_desk.post(page, data)
    assert article.names.get().text == "Stone hand"


# --- Revisions --------------------------------------------------------------------------------------------------------------


def test_the_table_says_who_wrote_and_who_approved(client, author, reviewer, article, page):
    draft = start_draft(article, by=author)
    submit(draft, author)
    approve(draft, reviewer)
    Revision.objects.filter(pk=draft.pk).update(grade=9.13, publish_at=datetime(2031, 5, 4, 9, tzinfo=UTC))
    client.force_login(author)
    (row,) = re.findall(r"<tr>(?:(?!</tr>).)*state-approved.*?</tr>", client.get(page).text, re.DOTALL)
    for said in ("author<wbr>@example.org", "reviewer<wbr>@example.org", "9.1", "Scheduled", "4 May 2031"):
        assert said in row


def test_a_long_address_may_go_on_in_the_next_line_and_a_deleted_account_is_called_that(client, author, editor, article, page):
    draft = start_draft(article, by=author)
    Revision.objects.filter(number=1).update(published_by=editor)
    client.force_login(editor)
    text = client.get(page).text
    assert '<span class="person">author<wbr>@example.org</span>' in text
    assert "by editor<wbr>@example.org" in text
    author.delete()
    assert '<span class="person">a deleted account</span>' in client.get(page).text
    assert draft.contributions.exists()


def second_draft(article):
    draft = start_draft(article)
    draft.change_sentence = "Said in plainer words."
    draft.save()
    return draft


def test_an_old_revision_is_restored_from_the_table(client, author, editor, article, page):
    first = article.revisions.get()
    publish(second_draft(article))
    client.force_login(author)
    address = desk("revision", "restore", first.pk)
    assert f'form="restore" formaction="{address}"' in client.get(page).text
    client.post(address)
    assert article.revisions.open().get().created_by == author


def test_nothing_is_restored_over_an_open_draft_or_by_who_does_not_write(client, author, reviewer, article, page):
    client.force_login(reviewer)
    assert "Restore as a new draft" not in client.get(page).text
    start_draft(article)
    client.force_login(author)
    assert "Restore as a new draft" not in client.get(page).text


def test_the_key_for_sending_the_form_saves_and_restores_nothing(at_desk, article, page):
    """The first button of a form is the one that Enter presses: those of the table belong to a form of their own."""
    publish(second_draft(article))
    buttons = re.findall(r"<button[^>]*formaction[^>]*>", at_desk.get(page).text)
    assert len(buttons) == 2
    assert all('form="restore"' in button for button in buttons)


# --- Who keeps it -----------------------------------------------------------------------------------------------------------


def test_a_new_owner_and_deputy_are_written_down(at_desk, author, editor, article, page):
    assert not errors(save(at_desk, page, owner=editor.pk, deputy=author.pk))
    entry = AuditEntry.objects.get(act="assigned")
    assert (entry.who, entry.article_pk) == ("author@example.org", article.pk)
    assert entry.detail == "owner: editor@example.org; deputy: author@example.org"


def test_saving_the_page_as_it_is_assigns_nothing(at_desk, editor, article, page):
    Article.objects.update(owner=editor)
    assert not errors(save(at_desk, page))
    assert not AuditEntry.objects.filter(act="assigned").exists()


def test_the_deputy_is_not_the_owner(at_desk, editor, article, page):
    response = save(at_desk, page, owner=editor.pk, deputy=editor.pk)
    assert "choose somebody else" in errors(response)
    assert response.context["adminform"].form.errors.keys() == {"deputy"}


# --- Review by a clinician --------------------------------------------------------------------------------------------------


def test_that_a_page_was_read_is_not_said_on_this_form(client, author, editor, superuser, article, page):
    reader = Reviewer.objects.create(name="A. Reader", slug="a-reader", credentials="Surgeon", interests="None")
    for person in (author, editor, superuser):
        client.force_login(person)
        save(client, page, reviewed_on="2026-03-01", reviewed_by=reader.pk)
        article.refresh_from_db()
        assert (article.reviewed_on, article.reviewed_by) == (None, None)


def test_who_records_reviews_is_led_to_the_page_for_it(client, author, editor, article, page):
    client.force_login(author)
    assert "Record a review" not in client.get(page).text
    client.force_login(editor)
    assert f'href="{desk("article", "record_review", article.pk)}"' in client.get(page).text


def test_the_form_points_to_the_button_only_where_one_stands(client, author, editor, page):
    client.force_login(editor)
    assert "“Record a review…”, above" in client.get(page).text
    assert "Record a review" not in client.get(desk("article", "add")).text
    client.force_login(author)
    assert "Record a review" not in client.get(page).text


def test_an_editor_moves_the_next_review_and_an_author_does_not(client, author, editor, article, page):
    client.force_login(author)
    save(client, page, review_due_on="2029-03-01", review_months="12")
    article.refresh_from_db()
    assert (article.review_due_on, article.review_months) == (None, 36)
    client.force_login(editor)
    assert not errors(save(client, page, review_due_on="2029-03-01", review_months="12"))
    article.refresh_from_db()
    assert (article.review_due_on, article.review_months) == (date(2029, 3, 1), 12)
    assert AuditEntry.objects.get(act="assigned").detail == "months between reviews: 12; next review due on: 2029-03-01"


def test_a_next_review_before_the_last_one_is_refused_at_its_field(client, editor, article, page):
    Article.objects.update(reviewed_on=date(2026, 3, 1))
    client.force_login(editor)
    response = save(client, page, review_due_on="2026-03-01")
    assert "The next review comes after the last one." in errors(response)
    assert response.context["adminform"].form.errors.keys() == {"review_due_on"}
