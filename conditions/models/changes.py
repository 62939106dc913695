"""The log of what changed, in the order of the commits: what readers were given, and what else finding must look at again."""

from django.db import models
from django.db.models import Q

from .articles import Article
from .classification import Item
from .revisions import Revision


class ChangeCounter(models.Model):
    """One row: the number of the last change. Locked until commit, so that the order of numbers is the order of commits."""

    last = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="one_change_counter")]

    def __str__(self):
        return str(self.last)


class Change(models.Model):
    """The public log of what readers were given: append-only, in the order of the commits."""

    class Kind(models.TextChoices):
        EDITORIAL = "editorial", "Editorial"
        CLINICAL = "clinical", "Clinical"
        SAFETY = "safety", "Safety"
        WITHDRAWAL = "withdrawal", "Withdrawn"

    number = models.PositiveBigIntegerField(primary_key=True)
    article = models.ForeignKey(Article, models.CASCADE, related_name="changes")
    revision = models.ForeignKey(Revision, models.CASCADE, related_name="changes")
    kind = models.CharField(max_length=12, choices=Kind)
    sentence = models.CharField(max_length=300)
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "log of changes"
        ordering = ["-number"]

    def __str__(self):
        return f"{self.number}: {self.sentence}"


class Reindex(models.Model):
    """What finding must look at again though readers were given no new text: names, codes, an address; without either, everything.

    It shares its numbers with `Change`.
    """

    number = models.PositiveBigIntegerField(db_index=True)
    article = models.ForeignKey(Article, models.CASCADE, null=True, blank=True, related_name="+")
    item = models.ForeignKey(Item, models.CASCADE, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["number", "pk"]

    def __str__(self):
        return f"{self.number}: {self.article or self.item or 'everything'}"
