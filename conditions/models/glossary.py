"""Hard words and what they mean in plain ones."""

import html

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower

from conditions.overlap import shared_runs

from .articles import default_language
from .gate import GatedText


class GlossaryTermQuerySet(models.QuerySet):
    def shown(self, language):
        """The words that pages in `language` explain."""
        return self.filter(language=language, is_shown=True)


class GlossaryTerm(models.Model):
    """A word that articles explain where it stands. The definition is public, and on every page that holds the word."""

    class Origin(models.TextChoices):
        EDITOR = "editor", "Written by an editor"
        LIST = "list", "From Plainwell's glossary"

    term = models.CharField(max_length=80)
    language = models.CharField(max_length=8, choices=settings.LANGUAGES, default=default_language)
    other_forms = models.CharField(
        max_length=300,
        blank=True,
        help_text="Other forms in which texts have the word, parted by commas: its plural, a short form.",
    )
    definition = models.CharField(
        max_length=300, help_text="One plain sentence. Everybody reads it, on every page that holds the word, as soon as you save."
    )
    is_shown = models.BooleanField(
        "shown", default=True, help_text="Explained where it stands; otherwise no page says what it means."
    )
    origin = models.CharField(max_length=8, choices=Origin, default=Origin.EDITOR, editable=False)

    objects = GlossaryTermQuerySet.as_manager()

    class Meta:
        ordering = [Lower("term"), "pk"]
        constraints = [
            models.UniqueConstraint(
                "language", Lower("term"), name="one_definition_a_term", violation_error_message="This word is explained already."
            )
        ]

    def __str__(self):
        return self.term

    @property
    def public_text(self):
        """What readers see of it, as HTML."""
        return html.escape(f"{self.term}: {self.definition}")

    def clean(self):
        """Refuse a definition that gives away gated text, of whatever article and revision (six words in a row)."""
        gated = GatedText.objects.values_list("body", flat=True).iterator()
        for run in shared_runs({None: self.public_text}, gated).values():
            raise ValidationError({"definition": f"These words stand in members' text: “{run}”. Definitions are public."})
