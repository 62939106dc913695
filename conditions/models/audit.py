"""Who did what, and when: a log that is only added to, and outlives the people and drafts that it tells of."""

from django.db import models

ONLY_ADDED_TO = "The audit is only added to."


class AuditQuerySet(models.QuerySet):
    def update(self, **kwargs):
        raise TypeError(ONLY_ADDED_TO)

    def delete(self):
        raise TypeError(ONLY_ADDED_TO)


class AuditEntry(models.Model):
    """One deed. Without foreign keys: deleting a person or a draft changes nothing here. A trigger refuses changes by SQL."""

    class Act(models.TextChoices):
        STARTED = "started", "Started a draft"
        RESTORED = "restored", "Started a draft from an old revision"
        SAVED = "saved", "Saved the draft"
        MERGED = "merged", "Saved the draft, together with what others had saved meanwhile"
        SUBMITTED = "submitted", "Submitted it for review"
        CHANGES_REQUESTED = "changes-requested", "Asked for changes"
        APPROVED = "approved", "Approved it"
        BACK_TO_DRAFT = "back-to-draft", "It became a draft again: the text changed"
        SCHEDULED = "scheduled", "Scheduled it"
        UNSCHEDULED = "unscheduled", "Took it off the schedule"
        PUBLISHED = "published", "Published it"
        HELD = "held", "Was not published at its time"
        WITHDRAWN = "withdrawn", "Withdrew it"
        DISCARDED = "discarded", "Discarded the draft"
        REVIEWED = "reviewed", "Recorded a review of the whole page"
        ASSIGNED = "assigned", "Changed owner, deputy or review dates"
        LINK_MADE = "link-made", "Made a link for an outside reviewer"
        LINK_REVOKED = "link-revoked", "Ended a link for an outside reviewer"
        LOADED = "loaded", "Loaded it from a file"
        EXPORTED = "exported", "Exported articles"
        REFUSED = "refused", "Was refused"

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    act = models.CharField(max_length=20, choices=Act)
    user_pk = models.BigIntegerField(null=True)
    who = models.CharField(max_length=254, help_text="The address of the person at the time, or what ran.")
    article_pk = models.BigIntegerField(null=True, db_index=True)
    article = models.CharField(max_length=120, blank=True)
    revision_number = models.PositiveIntegerField(null=True)
    detail = models.CharField(max_length=500, blank=True, help_text="Without words of a draft, which may be a members' text.")

    objects = AuditQuerySet.as_manager()

    class Meta:
        verbose_name = "entry of the audit"
        verbose_name_plural = "audit: who did what"
        ordering = ["-pk"]

    def __str__(self):
        return f"{self.get_act_display()}: {self.article or 'the site'}"

    def save(self, *args, **kwargs):
        if not self._state.adding:
            raise TypeError(ONLY_ADDED_TO)
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise TypeError(ONLY_ADDED_TO)


# Made by a migration. SQLite drops a table's triggers where a later migration makes the table anew: a test looks for them.
TRIGGERS = {
    "sqlite": [
        f"CREATE TRIGGER audit_refuses_{verb} BEFORE {verb} ON conditions_auditentry "
        "BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END"
        for verb in ("UPDATE", "DELETE")
    ],
    "postgresql": [
        "CREATE FUNCTION audit_refuses() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the audit is only added to'; END $$",
        "CREATE TRIGGER audit_refuses BEFORE UPDATE OR DELETE ON conditions_auditentry "
        "FOR EACH ROW EXECUTE FUNCTION audit_refuses()",
    ],
}
