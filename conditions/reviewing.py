"""The review clock: that a clinician has read a whole page, when it is to be read again, and the mails that remind of it.

The days here move when a review is recorded, never when a text changes.
"""

import logging
from calendar import monthrange
from datetime import date, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from conditions.audit import note, require
from conditions.models import Article, AuditEntry, Reviewer, ReviewReminder
from conditions.workflow import lock

logger = logging.getLogger(__name__)

DAYS_BEFORE = (0, 30, 90)  # when a reminder goes out, the most urgent first


def record_review(article: Article, reviewer: Reviewer, on: date, by, due_on: date | None = None) -> None:
    """Note that `reviewer` has read the whole page of `article` on the day `on`. `by` is None for a command.

    The next review is due on `due_on`, or as many calendar months later as the article says.

    Raises Refused without the right; ValidationError, by argument, for a day to come or before the last review, and for a next
    review that does not come after this one.
    """
    require(by, "conditions.record_review", article)
    with transaction.atomic():
        now = lock(article)
        due_on = due_on or months_after(on, now.review_months)
        if on > timezone.localdate():
            raise ValidationError({"on": "This day is still to come: give the day on which the page was read."})
        if now.reviewed_on and on < now.reviewed_on:
            last = date_format(now.reviewed_on, "j F Y")
            raise ValidationError({"on": f"The page was reviewed on {last} already: give that day or a later one."})
        if due_on <= on:
            raise ValidationError({"due_on": "The next review comes after this one: give a later day, or leave it empty."})
        article.reviewed_on, article.reviewed_by, article.review_due_on = on, reviewer, due_on
        article.save(update_fields=["reviewed_on", "reviewed_by", "review_due_on"])
        note(AuditEntry.Act.REVIEWED, article, by, f"read on {on} by {reviewer}; next due on {due_on}")


def months_after(day: date, months: int) -> date:
    """Return the day `months` calendar months after `day`, or the last of that month where it is too short."""
    year, month = divmod(12 * day.year + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


# --- Reminders --------------------------------------------------------------------------------------------------------------


def send_reminders(today: date | None = None) -> int:
    """Mail owner and deputy of every article whose review comes near, once at each of `DAYS_BEFORE`; return how many mails.

    Safe to run at any time and by two at once. What could not be sent is logged, does not stop the rest unless the server cannot
    be reached at all, and is tried again by the next call.
    """
    today = today or timezone.localdate()
    sent = 0
    for article, _ in due_reminders(today):
        connection = get_connection()
        try:
            connection.open()  # before anything is locked: SQLite's other writers would wait with us for a server that is down
        except OSError as error:
            logger.error("No reminders of reviews could be sent: the mail server answers with %s", type(error).__name__)
            break  # it is down for the others too
        try:
            with connection, transaction.atomic():
                sent += _remind(article, today, connection)
        except (OSError, ValueError) as error:
            # By its number: what a mail server says holds addresses, and an article's name is that of a condition.
            logger.error("The reminder of a review of article %s could not be sent: %s", article.pk, type(error).__name__)
    return sent


def due_reminders(today: date, of: Article | None = None) -> list[tuple[Article, int]]:
    """Return (article, days before) for each reminder that is to be sent on the day `today`, the longest due first.

    An article has one at most, its most urgent. Where nobody is there to be reminded it has none: the queue of overdue articles
    shows it. `of` narrows to one article.
    """
    near = Article.objects.published().filter(review_due_on__lte=today + timedelta(days=max(DAYS_BEFORE)))
    if of:
        near = near.filter(pk=of.pk)
    found = []
    for article in near.select_related("owner", "deputy").prefetch_related("reminders").order_by("review_due_on", "pk"):
        days = reached(article, today)[0]
        is_sent = any(sent.due_on == article.review_due_on and sent.days == days for sent in article.reminders.all())
        if not is_sent and addresses(article):
            found.append((article, days))
    return found


def reached(article: Article, today: date) -> list[int]:
    """Return those of `DAYS_BEFORE` that have come for `article`, the most urgent first."""
    return [days for days in DAYS_BEFORE if article.review_due_on - today <= timedelta(days=days)]


def addresses(article: Article) -> list[str]:
    """Return where to remind of `article`: the addresses of its owner and deputy, as far as they work here."""
    people = [person for person in (article.owner, article.deputy) if person and person.is_active and person.is_staff]
    return list(dict.fromkeys(person.email for person in people if person.email))


def _remind(article: Article, today: date, connection) -> bool:
    """Send the reminder that is due of `article`, inside a transaction that keeps others from sending it; say whether one was.

    A less urgent one that was not sent in its time is noted as passed, so that it never comes after.
    """
    lock(article)
    for current, _ in due_reminders(today, of=article):  # as it is now: another process may have been faster
        due_on = current.review_due_on
        passed = [ReviewReminder(article=current, due_on=due_on, days=days) for days in reached(current, today)]
        ReviewReminder.objects.bulk_create(passed, ignore_conflicts=True)
        context = {
            "when": said((due_on - today).days),
            "due_on": due_on,
            "desk_url": settings.SITE_URL + reverse("admin:conditions_article_change", args=[current.pk]),
            "site_name": settings.SITE_NAME,
        }
        subject = render_to_string("conditions/email/review_due_subject.txt", context).strip()
        body = render_to_string("conditions/email/review_due_message.txt", context)
        EmailMessage(subject, body, to=addresses(current), connection=connection).send()
        return True
    return False


def said(days: int) -> str:
    """Return in words that a review is due in `days`, of which there are less than 0 where it should have been done."""
    if days < 0:
        return f"A review is {-days} days late" if days < -1 else "A review is 1 day late"
    return {0: "A review is due today", 1: "A review is due tomorrow"}.get(days, f"A review is due in {days} days")
