"""The review clock: recording a review, what does not move its days, and the mails that remind of it."""

import logging
from datetime import UTC, date, datetime, timedelta
from smtplib import SMTPServerDisconnected

import pytest
import time_machine
from django.core import mail
from django.core.exceptions import ValidationError
from django.urls import reverse

from conditions.audit import Refused
from conditions.models import Article, AuditEntry, ReviewReminder
from conditions.publishing import publish, withdraw
from conditions.reviewing import due_reminders, months_after, record_review, send_reminders
from conditions.workflow import restore, start_draft
from tests import factories
from tests.conditions.clinicians import clinician, reviewed
from tests.conditions.desk import desk, errors, save

DUE = date(2026, 9, 1)


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(datetime(2026, 6, 15, 12, tzinfo=UTC), tick=False):
        yield


def days(article):
    article = Article.objects.get(pk=article.pk)
    return article.reviewed_on, article.reviewed_by, article.review_due_on


# --- Recording a review -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["reviewer", "editor"])
def test_a_review_is_recorded_and_the_next_is_due_after_the_months_of_the_article(request, article, who):
    by = request.getfixturevalue(who)
    record_review(article, clinician(), date(2026, 5, 3), by)
    assert days(article) == (date(2026, 5, 3), clinician(), date(2029, 5, 3))
    entry = AuditEntry.objects.get(act="reviewed")
    assert (entry.who, entry.article, entry.detail) == (
        by.email,
        article.slug,
        "read on 2026-05-03 by Wilhelmina Quarrendon-Plum; next due on 2029-05-03",
    )


def test_the_day_of_the_next_review_may_be_given(article, editor):
    record_review(article, clinician(), date(2026, 5, 3), editor, due_on=date(2027, 1, 1))
    assert days(article)[2] == date(2027, 1, 1)


def test_an_author_is_refused_and_that_is_written_down(article, author):
    with pytest.raises(Refused):
        record_review(article, clinician(), date(2026, 5, 3), author)
    assert days(article) == (None, None, None)
    assert AuditEntry.objects.get(act="refused").who == author.email


@pytest.mark.parametrize(
    ("given", "field", "said"),
    [
        ({"on": date(2026, 6, 16)}, "on", "still to come"),
        ({"on": date(2026, 2, 28)}, "on", "reviewed on 1 March 2026 already"),
        ({"on": date(2026, 5, 3), "due_on": date(2026, 5, 3)}, "due_on", "comes after this one"),
    ],
)
def test_days_that_cannot_be_are_refused_by_field_and_nothing_is_written(article, editor, given, field, said):
    reviewed(article)
    with pytest.raises(ValidationError, match=said) as caught:
        record_review(article, clinician(), by=editor, **given)
    assert list(caught.value.message_dict) == [field]
    assert days(article) == (date(2026, 3, 1), None, None)
    assert not AuditEntry.objects.filter(act="reviewed").exists()


def test_today_and_the_day_of_the_last_review_are_days_of_a_review(article, editor):
    for on in (date(2026, 6, 15), date(2026, 6, 15)):
        record_review(article, clinician(), on, editor)
    assert days(article)[0] == date(2026, 6, 15)


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2026, 12, 15), 12, date(2027, 12, 15)),
        (date(2024, 2, 29), 36, date(2027, 2, 28)),
        (date(2026, 11, 30), 1, date(2026, 12, 30)),
    ],
)
def test_months_are_those_of_the_calendar_and_end_with_their_month(day, months, then):
    assert months_after(day, months) == then


def test_no_edit_of_the_text_moves_the_days(client, article, editor):
    before = (date(2026, 3, 1), clinician(), date(2026, 3, 2))
    reviewed(article, before[0], before[2], before[1])
    client.force_login(editor)
    for start in (start_draft, restored):
        draft = start(article, editor)
        change = {"change_sentence": "Another word.", "change_kind": "editorial", "summary": "Another word."}
        assert not errors(save(client, desk("revision", "change", draft.pk), **change))
        assert days(article) == before
        draft.refresh_from_db()
        assert draft.summary == "Another word."
        publish(draft, editor)
        assert days(article) == before


def restored(article, editor):
    return restore(article.revisions.get(number=1), editor)


# --- What is overdue --------------------------------------------------------------------------------------------------------


def test_what_was_due_before_a_day_is_overdue(article, hand):
    later = factories.published_article(hand["M61.2"], slug="later")
    reviewed(article, due_on=date(2026, 6, 15))
    assert list(Article.objects.overdue(date(2026, 6, 15))) == []
    assert list(Article.objects.overdue(date(2026, 6, 16))) == [article]
    reviewed(later, due_on=date(2026, 1, 1))
    assert set(Article.objects.overdue(date(2026, 6, 16))) == {later, article}


def test_only_what_readers_have_is_overdue(article, hand):
    reviewed(factories.draft(hand["M61.2"], slug="a-draft").article, due_on=date(2026, 1, 1))
    reviewed(article, due_on=date(2026, 1, 1))
    withdraw(article.revisions.get(), "Out of date.")
    assert not Article.objects.overdue(date(2026, 6, 15)).exists()


# --- Reminders --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def owned(article, author):
    """The article, whose review is due on `DUE`; the author owns it."""
    article.owner = author
    return reviewed(article, due_on=DUE)


def remind(*args):
    """Send the reminders of the day `args`, and return the subjects of the mails."""
    mail.outbox.clear()
    count = send_reminders(date(*args))
    assert count == len(mail.outbox)
    return [sent.subject for sent in mail.outbox]


def test_it_reminds_ninety_and_thirty_days_before_and_on_the_day_once_each(owned):
    told = {day: remind(*day) for day in [(2026, 6, 2), (2026, 6, 3), (2026, 6, 4), (2026, 8, 2), (2026, 8, 3), (2026, 9, 1)]}
    assert told == {
        (2026, 6, 2): [],
        (2026, 6, 3): ["A review is due in 90 days"],
        (2026, 6, 4): [],
        (2026, 8, 2): ["A review is due in 30 days"],
        (2026, 8, 3): [],
        (2026, 9, 1): ["A review is due today"],
    }
    assert remind(2026, 9, 2) == remind(2027, 9, 2) == []


def test_the_mail_names_no_condition_and_says_how_to_record_a_review(owned, author, settings):
    settings.SITE_URL = "https://health.example"
    assert remind(2026, 8, 2) == ["A review is due in 30 days"]
    [sent] = mail.outbox
    assert sent.to == [author.email]
    assert sent.body.startswith("A review is due in 30 days.\n")
    page = reverse("admin:conditions_article_change", args=[owned.pk])
    assert f"https://health.example{page}\n" in sent.body
    assert "1 September 2026. This link opens the page at the desk:" in sent.body
    assert "Changing a word, or approving a draft, does not count as a review." in sent.body
    assert "Record a review" in sent.body
    assert "muscle" not in (sent.subject + sent.body).lower()


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ((2026, 8, 31), "A review is due tomorrow"),
        ((2026, 9, 2), "A review is 1 day late"),
        ((2026, 9, 11), "A review is 10 days late"),
    ],
)
def test_a_reminder_that_comes_late_says_how_it_stands(owned, day, said):
    assert remind(*day) == [said]


def test_of_several_that_have_come_the_most_urgent_is_sent_and_the_others_never(owned):
    assert remind(2026, 8, 20) == ["A review is due in 12 days"]
    assert sorted(owned.reminders.values_list("days", flat=True)) == [30, 90]
    assert remind(2026, 8, 21) == []
    assert remind(2026, 9, 1) == ["A review is due today"]
    assert sorted(owned.reminders.values_list("days", flat=True)) == [0, 30, 90]


def test_a_changed_day_starts_anew(owned):
    remind(2026, 8, 2)
    reviewed(owned, due_on=date(2026, 10, 1))
    assert remind(2026, 8, 3) == ["A review is due in 59 days"]
    assert remind(2026, 9, 1) == ["A review is due in 30 days"]


def test_a_recorded_review_ends_the_reminders(owned, editor):
    remind(2026, 6, 3)
    record_review(owned, clinician(), date(2026, 6, 15), editor)
    assert remind(2026, 9, 1) == []


def test_owner_and_deputy_get_one_mail_together(owned, editor, author):
    owned.deputy = editor
    owned.save()
    assert remind(2026, 6, 3) == ["A review is due in 90 days"]
    assert mail.outbox[0].to == [author.email, editor.email]


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_staff": False}, {"email": ""}])
def test_who_does_not_work_here_any_more_is_not_mailed_and_the_deputy_is(owned, author, editor, change):
    type(author).objects.filter(pk=author.pk).update(**change)
    assert remind(2026, 6, 3) == []
    assert not ReviewReminder.objects.exists()
    owned.deputy = editor
    owned.save()
    assert remind(2026, 6, 3) == ["A review is due in 90 days"]
    assert mail.outbox[0].to == [editor.email]


def test_without_owner_and_deputy_there_is_no_mail_and_the_queue_shows_it(article):
    reviewed(article, due_on=DUE)
    assert remind(2026, 9, 1) == []
    assert list(Article.objects.overdue(DUE + timedelta(days=1))) == [article]


@pytest.mark.parametrize("state", ["withdrawn", "draft"])
def test_what_readers_do_not_have_reminds_nobody(owned, hand, author, state):
    if state == "withdrawn":
        withdraw(owned.revisions.get(), "Out of date.")
    else:
        owned.revisions.update(state="draft")
    assert due_reminders(DUE) == []


def test_a_day_that_is_not_set_reminds_nobody(owned):
    reviewed(owned, due_on=None)
    assert due_reminders(DUE) == []


def test_asking_what_is_due_sends_and_writes_nothing(owned):
    assert due_reminders(date(2026, 8, 2)) == due_reminders(date(2026, 8, 2)) == [(owned, 30)]
    assert not mail.outbox
    assert not ReviewReminder.objects.exists()


def test_many_articles_cost_as_many_queries_to_ask_of_as_one(owned, hand, author, django_assert_num_queries):
    for code in ("M61", "M61.2", "M61.241"):
        other = factories.published_article(hand[code], slug=f"at-{hand[code].pk}")
        other.owner = author
        reviewed(other, due_on=DUE)
    with django_assert_num_queries(2):
        assert len(due_reminders(DUE)) == 4


# --- A mail server that fails -----------------------------------------------------------------------------------------------


class Fickle:
    """A mail server that fails for some; it takes the place of `EmailMessage.send`."""

    def __init__(self, failing):
        self.failing, self.sent = failing, []

    def send(self, message, fail_silently=False):
        if self.failing in message.body:
            raise SMTPServerDisconnected("author@example.org is not taken here")
        self.sent.append(message)
        return 1


@pytest.fixture
def fickle(monkeypatch, owned):
    server = Fickle(f"/article/{owned.pk}/")
    monkeypatch.setattr("django.core.mail.EmailMessage.send", lambda message, **options: server.send(message, **options))
    return server


def test_a_failed_mail_leaves_no_row_stops_no_other_and_is_tried_again(fickle, owned, hand, author):
    other = factories.published_article(hand["M61.2"], slug="other")
    other.owner = author
    reviewed(other, due_on=date(2026, 9, 2))  # after the one that fails
    assert send_reminders(date(2026, 9, 2)) == 1
    assert set(ReviewReminder.objects.values_list("article", flat=True)) == {other.pk}
    fickle.failing = "nothing"
    assert send_reminders(date(2026, 9, 2)) == 1
    assert len(fickle.sent) == 2
    assert send_reminders(date(2026, 9, 2)) == 0


def test_the_log_of_a_failure_names_neither_people_nor_conditions(fickle, owned, author, caplog):
    with caplog.at_level(logging.INFO):
        send_reminders(DUE)
    assert f"of article {owned.pk} could not be sent: SMTPServerDisconnected" in caplog.text
    assert author.email not in caplog.text
    assert owned.slug not in caplog.text


def test_a_server_that_is_not_there_holds_no_lock_and_is_asked_once(
    owned, hand, author, settings, caplog, django_assert_num_queries
):
    other = factories.published_article(hand["M61.2"], slug="other")
    other.owner = author
    reviewed(other, due_on=DUE)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1  # nothing listens there
    with django_assert_num_queries(2):  # what is due; no transaction, and no row is locked
        assert send_reminders(DUE) == 0
    assert not ReviewReminder.objects.exists()
    assert caplog.text.count("No reminders of reviews could be sent: the mail server answers with ConnectionRefusedError") == 1


def test_of_two_that_run_at_once_one_sends(owned, monkeypatch):
    found = due_reminders(DUE)
    assert remind(*DUE.timetuple()[:3]) == ["A review is due today"]
    fresh = due_reminders
    # The other had asked what is due before the first was done.
    monkeypatch.setattr("conditions.reviewing.due_reminders", lambda today, of=None: fresh(today, of) if of else found)
    assert remind(*DUE.timetuple()[:3]) == []


# --- The page at the desk ---------------------------------------------------------------------------------------------------


@pytest.fixture
def page(article):
    return desk("article", "record_review", article.pk)


def form_of(client, page):
    return client.get(page).context["form"]


def test_a_reviewer_finds_the_form_filled_in_and_records_a_review(client, reviewer, article, page):
    clinician(user=reviewer)
    client.force_login(reviewer)
    form = form_of(client, page)
    data = {name: form[name].value() or "" for name in form.fields}
    response = client.post(page, {name: getattr(value, "pk", value) for name, value in data.items()})
    assert response["Location"] == desk("article", "change", article.pk)
    assert "The next one is due on 15 June 2029." in client.get(response["Location"]).text
    assert days(article) == (date(2026, 6, 15), clinician(), date(2029, 6, 15))
    assert AuditEntry.objects.filter(act="reviewed", user_pk=reviewer.pk).count() == 1


def test_somebody_without_a_profile_chooses_the_person(client, editor, article, page):
    client.force_login(editor)
    assert form_of(client, page)["reviewer"].value() is None
    client.post(page, {"reviewer": clinician().pk, "on": "2026-06-01", "due_on": "2026-12-01"})
    assert days(article) == (date(2026, 6, 1), clinician(), date(2026, 12, 1))


def test_who_may_add_no_clinician_while_there_is_none_is_told_whom_to_ask(client, reviewer, editor, page):
    client.force_login(reviewer)
    text = client.get(page).text
    assert "nobody is in it yet" in text
    assert "<li>editor<wbr>@example.org</li>" in text
    assert "reviewer<wbr>" not in text
    assert "Record the review" not in text
    type(editor).objects.filter(pk=editor.pk).update(is_active=False)
    assert "Ask whoever runs this site" in client.get(page).text
    clinician()
    assert "Record the review" in client.get(page).text


def test_who_may_add_one_is_led_to_do_so(client, editor, page):
    client.force_login(editor)
    text = client.get(page).text
    assert f'href="{desk("reviewer", "add")}"' in text
    assert "Record the review" in text


def test_the_page_says_what_a_review_is_and_leads_to_the_readers_page(client, editor, article, page):
    client.force_login(editor)
    text = client.get(page).text
    assert "read the whole page" in text
    assert "does not count as a review" in text
    assert f'href="{article.get_absolute_url()}"' in text
    assert "Leave it empty for 36 months" in text


@pytest.mark.parametrize(
    ("given", "field", "said"),
    [
        ({"on": "2026-06-16"}, "on", "still to come"),
        ({"on": ""}, "on", "required"),
        ({"reviewer": ""}, "reviewer", "required"),
        ({"due_on": "2026-05-01"}, "due_on", "comes after this one"),
    ],
)
def test_an_error_stands_at_its_field_and_nothing_is_recorded(client, editor, article, page, given, field, said):
    client.force_login(editor)
    response = client.post(page, {"reviewer": clinician().pk, "on": "2026-06-01", "due_on": ""} | given)
    assert said in " ".join(response.context["form"].errors[field])
    assert days(article) == (None, None, None)


def test_an_author_cannot_record_one_and_the_attempt_is_written_down(client, author, article, page):
    client.force_login(author)
    assert client.post(page, {"reviewer": clinician().pk, "on": "2026-06-01"}).status_code == 403
    assert days(article) == (None, None, None)
    assert AuditEntry.objects.get(act="refused").detail == "without the right conditions.record_review"


def test_the_months_of_the_article_are_those_of_its_own_page(client, editor, article, page):
    client.force_login(editor)
    Article.objects.filter(pk=article.pk).update(review_months=1)
    assert "Leave it empty for 1 month after" in client.get(page).text
    client.post(page, {"reviewer": clinician().pk, "on": "2026-05-31"})
    assert days(article)[2] == date(2026, 6, 30)


def test_saving_the_article_at_the_desk_does_not_move_who_read_it_and_when(client, editor, article):
    reviewed(article, due_on=DUE, by=clinician())
    client.force_login(editor)
    assert not errors(save(client, desk("article", "change", article.pk)))
    assert days(article) == (date(2026, 3, 1), clinician(), DUE)
