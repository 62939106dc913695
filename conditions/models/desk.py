"""What the desk keeps while a draft is written: who is at it, text not saved yet, and links for outside reviewers."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from .revisions import Revision


class Seat(models.Model):
    """One person at the form of one draft, with what was typed and not saved. It ends with the saving: it is no history."""

    revision = models.ForeignKey(Revision, models.CASCADE, related_name="seats")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    seen_at = models.DateTimeField()
    form = models.JSONField(null=True, help_text="The form as the browser would send it: {name: [value, …]}.")
    form_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["revision", "user"], name="one_seat_a_person")]

    def __str__(self):
        return f"A seat at {self.revision}"


class PreviewLinkQuerySet(models.QuerySet):
    def open(self):
        """The links that lead to a page now."""
        return self.filter(revoked_at=None, expires_at__gt=timezone.now())


class PreviewLink(models.Model):
    """A way for somebody without an account to read one revision, for a time."""

    revision = models.ForeignKey(Revision, models.CASCADE, related_name="preview_links")
    for_whom = models.CharField("for whom", max_length=120, help_text="So that you know later whose link this is.")
    shows_members_text = models.BooleanField("with members' text", default=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = PreviewLinkQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [models.CheckConstraint(condition=Q(expires_at__gt=models.F("created_at")), name="preview_link_ends")]

    def __str__(self):
        return f"Link {self.pk} to {self.revision}"
