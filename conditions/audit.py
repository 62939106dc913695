"""Writes the audit, and asks for rights: what is refused is written down too."""

from django.core.exceptions import PermissionDenied

from conditions.models import Article, AuditEntry, Revision

A_COMMAND = "a command on the machine"


class Refused(PermissionDenied):
    """Somebody tried what they may not do. It is in the audit already; the message is for that person."""


def note(act: str, of: Revision | Article | None = None, by=None, detail: str = "") -> None:
    """Write down that `by` did `act` to `of`. None is a command. `detail` may hold no words of a draft."""
    revision = of if isinstance(of, Revision) else None
    article = revision.article if revision else of
    AuditEntry.objects.create(
        act=act,
        user_pk=by.pk if by else None,
        who=by.email if by else A_COMMAND,
        article_pk=article.pk if article else None,
        article=str(article)[:120] if article else "",
        revision_number=revision.number if revision else None,
        detail=detail[:500],
    )


def require(user, permission: str, of: Revision | Article | None = None) -> None:
    """Raise Refused, and write it down, where `user` has not `permission`; None is a command on the machine, which may.

    Called before a transaction opens: the entry has to outlive the refusal.
    """
    if user is not None and not user.has_perm(permission):
        refuse(user, of, f"without the right {permission}")


def refuse(user, of: Revision | Article | None, reason: str, told: str = "You may not do this.") -> None:
    """Write down that `user` was refused and why, and raise Refused with what the person is `told`."""
    note(AuditEntry.Act.REFUSED, of, user, reason)
    raise Refused(told)
