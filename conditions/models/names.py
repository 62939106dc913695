"""What people call a condition."""

import html

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from conditions.overlap import shared_run

from .articles import Article, default_language
from .classification import Item
from .gate import GatedText
from .revisions import Revision


class NameQuerySet(models.QuerySet):
    def by_hand(self):
        """The names that editors and article files gave; the others follow the lists that they were loaded from."""
        return self.filter(origin=Name.Origin.EDITOR)

    def of_article(self, article):
        """The names of the article, and of the items that it is attached to."""
        return self.filter(Q(article=article) | Q(item__attachments__article=article))


class Name(models.Model):
    """What people call an article's condition, or an item, beside the official title and the inclusion terms."""

    class Origin(models.TextChoices):
        EDITOR = "editor", "Given by an editor or an article file"
        LIST = "list", "From Plainwell's list of lay names"
        INDEX = "index", "From the official index"

    article = models.ForeignKey(Article, models.CASCADE, null=True, blank=True, related_name="names")
    item = models.ForeignKey(Item, models.CASCADE, null=True, blank=True, related_name="names")
    text = models.CharField(max_length=200)
    language = models.CharField(max_length=8, choices=settings.LANGUAGES, default=default_language)
    is_shown = models.BooleanField(
        "shown", default=True, help_text='Shown as "also called"; otherwise it only leads search and A–Z here.'
    )
    origin = models.CharField(max_length=8, choices=Origin, default=Origin.EDITOR, editable=False)

    objects = NameQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(article=None) & Q(item__isnull=False) | Q(article__isnull=False) & Q(item=None),
                name="name_of_an_article_or_an_item",
            ),
            models.UniqueConstraint("article", "language", Lower("text"), name="name_once_an_article"),
            models.UniqueConstraint("item", "language", Lower("text"), name="name_once_an_item"),
        ]

    def __str__(self):
        return self.text

    def clean(self):
        """Refuse a name that gives away gated text of an article it names (six words in a row)."""
        named = Q(article=self.article_id) if self.article_id else Q(article__attachments__item=self.item_id)
        for gated in GatedText.objects.filter(section__revision__in=Revision.objects.filter(named)):
            if run := shared_run([html.escape(self.text)], gated.body):
                raise ValidationError({"text": f"These words stand in the gated text: “{run}”. Names are public."})
