"""The lasting identity of a page: its address and its place in the classification."""

import re
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from .classification import Item

MONTHS_BETWEEN_REVIEWS = 36  # the NHS content standard asks for every page to be read at least every three years
SOON = timedelta(days=90)  # a review that is due then is looked after now
LETTER_OF_AZ = "[a-z]|0-9"  # the pages of A–Z stand where articles do: none has such an address


def default_language():
    return settings.LANGUAGE_CODE


class ArticleQuerySet(models.QuerySet):
    def published(self):
        """The articles that readers have a page of."""
        return self.filter(revisions__state="published")  # at most one row each: a constraint holds it

    def overdue(self, today):
        """Of the articles that readers have, those whose review was due before the day `today`."""
        return self.published().filter(review_due_on__lt=today)

    def due_soon(self, today):
        """Of the articles that readers have, those whose review is due on the day `today` or soon after it."""
        return self.published().filter(review_due_on__range=(today, today + SOON))


class Article(models.Model):
    slug = models.SlugField(max_length=100, help_text="The page's address: lower-case words joined by hyphens.")
    language = models.CharField(max_length=8, choices=settings.LANGUAGES, default=default_language)
    items = models.ManyToManyField(Item, through="ArticleItem", related_name="articles")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", help_text="Who keeps the article true."
    )
    deputy = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="Who does so in the owner's absence.",
    )
    reviewed_on = models.DateField(
        "last reviewed on",
        null=True,
        blank=True,
        help_text="The day on which a clinician last read the whole page.",
    )
    reviewed_by = models.ForeignKey(
        "conditions.Reviewer",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="reviewed_articles",
        help_text="The clinician who read it. Readers see the name, and a page about the person.",
    )
    review_months = models.PositiveSmallIntegerField(
        "months between reviews",
        default=MONTHS_BETWEEN_REVIEWS,
        validators=[MinValueValidator(1), MaxValueValidator(120)],
        help_text="After how many months the whole page is to be read again.",
    )
    review_due_on = models.DateField(
        "next review due on",
        null=True,
        blank=True,
        help_text="When the whole page is to be read again. Recording a review counts the months from its day.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ArticleQuerySet.as_manager()

    class Meta:
        ordering = ["slug", "language"]
        permissions = [
            ("record_review", "Can record that a clinician has reviewed an article"),
            ("load_articles", "Can load article files as drafts"),
        ]
        constraints = [models.UniqueConstraint(fields=["slug", "language"], name="one_article_a_slug")]

    def __str__(self):
        return self.slug if self.language == settings.LANGUAGE_CODE else f"{self.slug} ({self.language})"

    def clean(self):
        """Refuse an address that is taken, by a page of A–Z or by the links to another article, and days that cannot be."""
        if self.reviewed_on and self.reviewed_on > timezone.localdate():
            raise ValidationError({"reviewed_on": "This day is still to come: give the day on which the page was read."})
        if self.reviewed_on and self.review_due_on and self.review_due_on <= self.reviewed_on:
            raise ValidationError({"review_due_on": "The next review comes after the last one."})
        if re.fullmatch(LETTER_OF_AZ, self.slug):
            raise ValidationError({"slug": "This is the address of a letter of A–Z."})
        other = OldSlug.objects.filter(slug=self.slug, language=self.language).exclude(article=self.pk).first()
        if other:
            raise ValidationError({"slug": f"This is an old address of the article “{other.article}”; links to it lead there."})

    def get_absolute_url(self):
        return self._url("article")

    def get_changes_url(self):
        return self._url("changes")

    def _url(self, name):
        if self.language == settings.LANGUAGE_CODE:
            return reverse(f"conditions:{name}", args=[self.slug])
        return reverse(f"conditions:{name}_in_language", args=[self.language, self.slug])


class OldSlug(models.Model):
    """An address that an article had before; it redirects for good."""

    article = models.ForeignKey(Article, models.CASCADE, related_name="old_slugs")
    slug = models.SlugField(max_length=100)
    language = models.CharField(max_length=8, choices=settings.LANGUAGES, default=default_language)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["slug", "language"], name="one_article_an_old_slug")]

    def __str__(self):
        return self.slug


class ArticleItem(models.Model):
    """An article attached to an item of the classification, of any level."""

    article = models.ForeignKey(Article, models.CASCADE, related_name="attachments")
    item = models.ForeignKey(Item, models.PROTECT, related_name="attachments")
    # The article's own language once more: a database can hold "one article an item and language" only over one table.
    language = models.CharField(max_length=8, choices=settings.LANGUAGES, default=default_language, editable=False)
    is_primary = models.BooleanField("primary", default=False)

    class Meta:
        ordering = ["-is_primary", "item__path"]
        constraints = [
            models.UniqueConstraint(
                fields=["item", "language"],
                name="one_article_an_item",
                violation_error_message="Another article in this language is attached to this code.",
            ),
            models.UniqueConstraint(
                fields=["article"],
                condition=Q(is_primary=True),
                name="one_primary_item",
                violation_error_message="An article has one primary code.",
            ),
        ]

    def __str__(self):
        return str(self.item)
