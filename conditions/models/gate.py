"""The gate: gated text stands in this table alone, and `readable_by` is the only way a reader's query reaches it.

`shared_by` is that of the one reader who has no account: an outside reviewer with a link.
"""

from django.core.exceptions import ValidationError
from django.db import models

from .desk import PreviewLink
from .fields import SanitisedHTMLField
from .revisions import Revision, Section


def is_for(user) -> bool:
    """Say whether published gated text is for `user`: for members, who have logged in."""
    return user.is_authenticated


class GatedTextQuerySet(models.QuerySet):
    def readable_by(self, user):
        """Narrow to the gated text that `user` may read: none for visitors, published for members, all for those who see drafts.

        For a visitor the queryset is `none()`, so the table is not even asked.
        """
        if not is_for(user):
            return self.none()
        if user.is_staff and user.has_perm("conditions.view_draft"):
            return self
        return self.filter(section__revision__state=Revision.State.PUBLISHED)

    def shared_by(self, link):
        """Narrow to the gated text that whoever has the preview link `link` may read: that of its revision, where the link says so.

        Whether it has ended is asked of the database. For a link without members' text the table is not even asked.
        """
        if not link.shows_members_text:
            return self.none()
        open_links = PreviewLink.objects.open().filter(pk=link.pk, shows_members_text=True)
        return self.filter(section__revision__preview_links__in=open_links)

    def for_revision(self, revision):
        return self.filter(section__revision=revision)

    def bodies(self):
        """Return {section's pk: gated text} of the rows that are left."""
        return dict(self.values_list("section_id", "body"))


class GatedText(models.Model):
    """What members read in the place of a gated section's teaser. Text only: pictures are public."""

    section = models.OneToOneField(Section, models.CASCADE, primary_key=True, related_name="gated_text")
    body = SanitisedHTMLField()

    objects = GatedTextQuerySet.as_manager()

    def __str__(self):
        # Never the text itself: this string ends up in logs, histories and error pages.
        return f"Gated text of section {self.section_id}"

    def clean(self):
        self.section.clean()  # a draft's, or it changes no more
        if not self.section.is_gated:
            raise ValidationError("Only a members' section has gated text.")
