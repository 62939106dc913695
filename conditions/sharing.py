"""Links by which somebody without an account reads one revision, for a time: made, told apart by their address, ended."""

from datetime import timedelta

from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from conditions.audit import note, require
from conditions.models import AuditEntry, PreviewLink, Revision

MOST_DAYS = 30
USUAL_DAYS = 7
KEPT = timedelta(days=90)  # after a link ended: who made it, for whom, is looked up for some time
Act = AuditEntry.Act


def share(revision: Revision, for_whom: str, days: int, with_members_text: bool, by) -> PreviewLink:
    """Return a new link to `revision` that ends after `days`. It shows the revision as it is whenever it is opened.

    Raises Refused without the right to make links, or to see drafts.
    """
    require(by, "conditions.view_draft", revision)
    require(by, "conditions.add_previewlink", revision)
    with transaction.atomic():
        link = PreviewLink.objects.create(
            revision=revision,
            for_whom=for_whom,
            shows_members_text=with_members_text,
            created_by=by,
            expires_at=timezone.now() + timedelta(days=days),
        )
        until = f"{timezone.localtime(link.expires_at):%Y-%m-%d %H:%M %Z}"
        members_text = "with members' text" if with_members_text else "without members' text"
        # Not for whom: the audit is kept for good, and that is a stranger's name.
        note(Act.LINK_MADE, revision, by, f"link {link.pk}, until {until}, {members_text}")
    return link


def end(link: PreviewLink, by) -> None:
    """End `link` now; one that has ended stays as it was. Raises Refused without the right to change links."""
    require(by, "conditions.change_previewlink", link.revision)
    with transaction.atomic():
        if PreviewLink.objects.open().filter(pk=link.pk).update(revoked_at=timezone.now()):
            note(Act.LINK_REVOKED, link.revision, by, f"link {link.pk}")


def path_of(link: PreviewLink) -> str:
    """Return the address of `link`, without the site's own. Whoever knows it may open it."""
    return reverse("conditions:preview", args=[_signer().sign(link.pk)])


def link_at(token: str) -> PreviewLink | None:
    """Return the link, open or ended, whose address holds `token`; None where there is none, or the token is not one of ours."""
    try:
        pk = _signer().unsign(token)
    except BadSignature:
        return None
    return PreviewLink.objects.filter(pk=pk).first()


def is_open(link: PreviewLink) -> bool:
    """Say whether `link` leads to a page now, as the database has it."""
    return PreviewLink.objects.open().filter(pk=link.pk).exists()


def remove_ended() -> None:
    """Remove the links that ended long ago. That they were made and ended the audit keeps."""
    before = timezone.now() - KEPT
    PreviewLink.objects.filter(Q(revoked_at__lt=before) | Q(expires_at__lt=before)).delete()


def _signer() -> Signer:
    return Signer(salt="conditions.PreviewLink", sep=".")
