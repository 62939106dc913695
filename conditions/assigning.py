"""Who keeps an article true, and when its whole page is read again."""

from django.core.exceptions import ValidationError
from django.db import transaction

from conditions.audit import note
from conditions.models import Article, AuditEntry
from conditions.workflow import lock

# What is assigned, by the words that the audit has for it.
WATCHED = {
    "owner": "owner",
    "deputy": "deputy",
    "review_months": "months between reviews",
    "review_due_on": "next review due on",
}


def assign(article: Article, by, **changes) -> bool:
    """Give `article` the values `changes` of `WATCHED` and write down which are new; return whether any was.

    The caller has asked for the right. Raises ValidationError where they do not fit the rest of the article.
    """
    with transaction.atomic():
        article = lock(article)
        changed = [name for name in WATCHED if name in changes and getattr(article, name) != changes[name]]
        for name in changed:
            setattr(article, name, changes[name])
        if not changed:
            return False
        article.clean()
        if {"owner", "deputy"} & set(changed):
            require_two_people(article.owner, article.deputy)
        article.save(update_fields=changed)
        note_assigned(article, by, changed)
    return True


def note_assigned(article: Article, by, changed) -> None:
    """Write down which of `WATCHED` among the fields `changed` the saved `article` has anew, inside the transaction that saved."""
    if told := "; ".join(f"{words}: {getattr(article, name) or 'none'}" for name, words in WATCHED.items() if name in changed):
        note(AuditEntry.Act.ASSIGNED, article, by, told)


def require_two_people(owner, deputy) -> None:
    """Raise ValidationError where the deputy is the owner, who would have nobody to stand in."""
    if owner and owner == deputy:
        raise ValidationError({"deputy": "The deputy stands in for the owner: choose somebody else."})
