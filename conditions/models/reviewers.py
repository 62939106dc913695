"""The clinicians who read whole pages, as readers see them, and the reminders that a reading is due."""

import html

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse

from conditions.overlap import shared_runs

from .articles import Article
from .gate import GatedText


class Reviewer(models.Model):
    """A clinician who has reviewed articles. Everything here is public as soon as it is saved."""

    name = models.CharField(
        max_length=120,
        help_text="As readers see it: “Amina Okafor”, or “Dr Amina Okafor”. Degrees and post go below.",
    )
    slug = models.SlugField(
        "address", max_length=100, unique=True, help_text="The page's address: lower-case words joined by hyphens."
    )
    credentials = models.CharField(max_length=300, help_text="Profession, qualifications and post, as the person gives them.")
    interests = models.TextField(
        "declared interests",
        max_length=1000,
        help_text="Who pays or paid the person, and what else might sway them. Where there is nothing, write that.",
    )
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="reviewer",
        help_text="The person's account at the desk, if there is one. It is not shown.",
    )

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name

    @property
    def public_text(self):
        """What readers see of the person, as HTML."""
        return html.escape(f"{self.name}: {self.credentials}. {self.interests}")

    def clean(self):
        """Refuse a text that gives away gated text, of whatever article and revision (six words in a row)."""
        gated = GatedText.objects.values_list("body", flat=True).iterator()
        for run in shared_runs({None: self.public_text}, gated).values():
            raise ValidationError(f"These words stand in members' text: “{run}”. This page is public.")

    def get_absolute_url(self):
        return reverse("conditions:reviewer", args=[self.slug])


class ReviewReminder(models.Model):
    """A reminder that was sent: once for each day that a review is due, and each time before it."""

    article = models.ForeignKey(Article, models.CASCADE, related_name="reminders")
    due_on = models.DateField()
    days = models.PositiveSmallIntegerField(help_text="How many days before.")
    sent_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["article", "due_on", "days"], name="reminded_once")]

    def __str__(self):
        return f"{self.article}: {self.days} days before {self.due_on}"
