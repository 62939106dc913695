"""One text of an article, from draft to published to superseded, with its public parts."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, URLValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from .articles import Article
from .fields import SanitisedHTMLField

NOT_A_DRAFT = "What readers have, or had, stays as it was: start a draft and change that."


class RevisionQuerySet(models.QuerySet):
    def published(self):
        return self.filter(state=Revision.State.PUBLISHED)

    def open(self):
        """The drafts: what is being written, reviewed, or waits for its time."""
        return self.filter(state__in=Revision.OPEN_STATES)

    def visible_to(self, user):
        """The revisions that exist for `user`: the published ones, and all of them for staff who may see drafts."""
        if user.is_staff and user.has_perm("conditions.view_draft"):
            return self
        return self.published()

    def in_public_history(self):
        """What has been on the page, newest first."""
        return self.exclude(published_at=None).order_by("-published_at", "-number")


class Revision(models.Model):
    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        IN_REVIEW = "in-review", "In review"
        APPROVED = "approved", "Approved"
        PUBLISHED = "published", "Published"
        SUPERSEDED = "superseded", "Superseded"
        WITHDRAWN = "withdrawn", "Withdrawn"

    class Origin(models.TextChoices):
        DESK = "desk", "Written in the admin"
        FILE = "file", "Loaded from a file"

    class ChangeKind(models.TextChoices):
        EDITORIAL = "editorial", "Editorial: wording, links, layout"
        CLINICAL = "clinical", "Clinical: what the article says"
        SAFETY = "safety", "Safety: readers should know at once"

    class Approval(models.TextChoices):
        SECOND_PERSON = "second-person", "By a second person"
        OPERATOR = "operator", "By the site's operator, who loaded it from a file or ran a command"
        EARLIER = "earlier", "Published before approvals were kept"

    OPEN_STATES = (State.DRAFT, State.IN_REVIEW, State.APPROVED)

    article = models.ForeignKey(Article, models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField(help_text="Counts the article's revisions from 1.")
    state = models.CharField(max_length=12, choices=State, default=State.DRAFT)
    origin = models.CharField(max_length=8, choices=Origin, default=Origin.DESK)
    title = models.CharField(max_length=200)
    summary = models.TextField(max_length=600, validators=[MaxLengthValidator(600)], help_text="One or two public sentences.")
    change_kind = models.CharField("kind of change", max_length=12, choices=ChangeKind, default=ChangeKind.CLINICAL)
    change_sentence = models.CharField(
        "what changed", max_length=300, help_text="One plain sentence that readers see in the list of changes."
    )
    is_sample = models.BooleanField(
        "sample content", default=False, help_text="The page says that no clinician has reviewed this text."
    )
    hard_because = models.CharField(
        "why it is hard to read",
        max_length=300,
        blank=True,
        help_text="Needed where a part reads above grade 8: why it cannot be said more plainly. It is kept.",
    )
    source_digest = models.CharField(max_length=64, blank=True, editable=False, help_text="SHA-256 of the file it was loaded from.")
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    version = models.PositiveIntegerField(default=1, editable=False, help_text="Counts the changes to a draft, from 1.")
    submitted_at = models.DateTimeField(null=True, blank=True, editable=False)
    approval = models.CharField(max_length=16, choices=Approval, blank=True, editable=False)
    approved_at = models.DateTimeField(null=True, blank=True, editable=False)
    approved_digest = models.CharField(
        max_length=64, blank=True, editable=False, help_text="SHA-256 of what was approved: what changed since is not."
    )
    publish_at = models.DateTimeField(null=True, blank=True, editable=False, help_text="When it is to be published.")
    held_because = models.TextField(blank=True, editable=False, help_text="What kept it from being published at its time.")
    grade = models.FloatField(
        "reading grade", null=True, blank=True, editable=False, help_text="Of the hardest part long enough to have one."
    )
    names_then = models.JSONField(
        null=True, blank=True, editable=False, help_text="The names that readers saw when it was published: [text, …]."
    )
    published_at = models.DateTimeField(null=True, blank=True, editable=False)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True, editable=False)
    withdrawal_reason = models.CharField(max_length=300, blank=True, editable=False, help_text="Readers see it.")

    objects = RevisionQuerySet.as_manager()

    class Meta:
        ordering = ["article", "-number"]
        permissions = [
            ("view_draft", "Can see drafts and their gated text"),
            ("approve_revision", "Can approve a revision, or ask for changes"),
            ("publish_revision", "Can publish a revision"),
            ("withdraw_revision", "Can withdraw a published article"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["article", "number"], name="one_revision_a_number"),
            models.UniqueConstraint(fields=["article"], condition=Q(state="published"), name="one_published_revision"),
            models.UniqueConstraint(
                fields=["article"], condition=Q(state__in=["draft", "in-review", "approved"]), name="one_open_draft"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["published", "superseded", "withdrawn"]) | Q(published_at__isnull=False),
                name="published_revision_has_its_time",
            ),
            models.CheckConstraint(
                condition=~Q(state="withdrawn") | Q(withdrawn_at__isnull=False) & ~Q(withdrawal_reason=""),
                name="withdrawn_revision_says_why",
            ),
            # Who the second person is stands in `Contribution`, where nobody is both.
            models.CheckConstraint(
                condition=Q(state__in=["draft", "in-review"]) | Q(change_kind="editorial") | ~Q(approval=""),
                name="clinical_change_is_approved",
            ),
            models.CheckConstraint(
                condition=~Q(approval="second-person") | Q(approved_at__isnull=False) & ~Q(approved_digest=""),
                name="approval_knows_its_text",
            ),
            models.CheckConstraint(
                condition=Q(publish_at__isnull=True) | ~Q(state__in=["draft", "in-review"]), name="scheduled_revision_is_approved"
            ),
        ]

    def __str__(self):
        # Without the title, which may be a draft's: this string ends up in logs, histories and error pages.
        return f"{self.article}, revision {self.number} ({self.get_state_display().lower()})"

    @property
    def is_open(self):
        return self.state in self.OPEN_STATES

    @property
    def standing(self):
        """Its state in words, as lists and pages say it."""
        if self.state == self.State.APPROVED and self.publish_at:
            return "Held" if self.held_because else "Scheduled"
        return self.get_state_display()

    @property
    def is_late(self):
        """Whether its time has come and it is not published."""
        return self.state == self.State.APPROVED and self.publish_at is not None and self.publish_at <= timezone.now()

    def clean(self):
        if self.pk and not Revision.objects.open().filter(pk=self.pk).exists():
            raise ValidationError(NOT_A_DRAFT)


class Contribution(models.Model):
    """What one person did for a revision: wrote in it, or approved it. Nobody does both: a constraint holds it."""

    class Role(models.TextChoices):
        AUTHOR = "author", "Author"
        APPROVER = "approver", "Approver"

    revision = models.ForeignKey(Revision, models.CASCADE, related_name="contributions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    role = models.CharField(max_length=8, choices=Role)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["revision", "user"], name="approver_is_no_author"),
            models.UniqueConstraint(fields=["revision"], condition=Q(role="approver"), name="one_approver"),
        ]

    def __str__(self):
        return f"{self.get_role_display()} of {self.revision}"


class Comment(models.Model):
    """What a reviewer asks for, at a section or of the whole text. Staff read it with the draft; readers never do."""

    revision = models.ForeignKey(Revision, models.CASCADE, related_name="comments")
    section = models.CharField(max_length=20, blank=True, help_text="The kind of the section; empty for the whole text.")
    text = models.TextField(max_length=2000, validators=[MaxLengthValidator(2000)])
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return f"Comment {self.pk} on {self.revision}"  # not the text, which may quote a draft

    @property
    def section_label(self):
        return Section.Kind(self.section).label if self.section else "The whole text"


class Part(models.Model):
    """What a revision is made of; it changes no more than the revision does."""

    class Meta:
        abstract = True

    def clean(self):
        if self.revision_id and not self.revision.is_open:
            raise ValidationError(NOT_A_DRAFT)


class Section(Part):
    """A part of the page. `body` is public, always: of a gated section it is the teaser."""

    class Kind(models.TextChoices):
        OVERVIEW = "overview", "Overview"
        SYMPTOMS = "symptoms", "Symptoms"
        CAUSES = "causes", "Causes"
        WHEN_TO_GET_HELP = "when-to-get-help", "When to get help"
        DIAGNOSIS = "diagnosis", "Diagnosis"
        DIFFERENTIAL = "differential", "Other possible causes"
        TREATMENT = "treatment", "Treatment"
        SELF_CARE = "self-care", "Self-care"
        PREVENTION = "prevention", "Prevention"
        OUTLOOK = "outlook", "Outlook"
        LIVING_WITH = "living-with", "Living with it"

    class Audience(models.TextChoices):
        PUBLIC = "public", "Everybody"
        MEMBERS = "members", "Members (readers see the teaser)"

    revision = models.ForeignKey(Revision, models.CASCADE, related_name="sections")
    kind = models.CharField(max_length=20, choices=Kind, help_text="Also the section's address on the page (#treatment).")
    heading = models.CharField(max_length=120)
    position = models.PositiveSmallIntegerField(default=0)
    audience = models.CharField(max_length=8, choices=Audience, default=Audience.PUBLIC)
    body = SanitisedHTMLField(
        help_text="Everybody reads this. For a members' section write a short teaser, without an ellipsis: the page adds it."
    )

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["revision", "kind"], name="one_section_a_kind"),
            models.CheckConstraint(
                condition=~Q(kind="when-to-get-help", audience="members"),
                name="when_to_get_help_is_public",
                violation_error_message='"When to get help" is always public.',
            ),
        ]

    def __str__(self):
        return self.get_kind_display()  # not the heading, which may be a draft's

    @property
    def is_gated(self):
        return self.audience == self.Audience.MEMBERS

    @classmethod
    def usual_audience(cls, kind):
        """Return the audience of a section of `kind` unless its editor says otherwise."""
        return cls.Audience.MEMBERS if kind in settings.GATED_SECTION_KINDS else cls.Audience.PUBLIC


class CareCard(Part):
    """Signs and what to do about them, by urgency. It has no gated form."""

    class Urgency(models.TextChoices):
        EMERGENCY = "emergency", "Emergency"
        URGENT = "urgent", "Urgent"
        NON_URGENT = "non-urgent", "Non-urgent"

    revision = models.ForeignKey(Revision, models.CASCADE, related_name="care_cards")
    urgency = models.CharField(max_length=12, choices=Urgency)
    heading = models.CharField(max_length=120, help_text='Ends in "if:", for example "Get medical help today if:".')
    body = SanitisedHTMLField()
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self):
        return self.get_urgency_display()  # not the heading, which may be a draft's


class Reference(Part):
    revision = models.ForeignKey(Revision, models.CASCADE, related_name="references")
    title = models.CharField(max_length=300)
    publisher = models.CharField(max_length=200)
    url = models.URLField("address", max_length=500, validators=[URLValidator(schemes=["http", "https"])])
    read_on = models.DateField("read on", null=True, blank=True, help_text="The day it was read; empty where it was not.")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self):
        return self.title


class RelatedArticle(Part):
    """An article that a reader of this one is likely to need next. Readers see it while that one is published."""

    revision = models.ForeignKey(Revision, models.CASCADE, related_name="related")
    article = models.ForeignKey(Article, models.CASCADE, related_name="related_from")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["revision", "article"], name="related_once", violation_error_message="This article stands here already."
            )
        ]

    def __str__(self):
        return str(self.article) if self.article_id else ""

    def clean(self):
        super().clean()
        if self.article_id and self.revision_id:
            of = self.revision.article
            if self.article_id == of.pk:
                raise ValidationError({"article": "This is the article itself."})
            if self.article.language != of.language:
                raise ValidationError({"article": "Choose an article in the language of this one."})
