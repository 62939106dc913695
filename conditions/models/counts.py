"""What is counted and checked beside the texts: codes that readers looked for, and whether references still answer."""

from django.db import models

from .classification import Item


class CodeDemand(models.Model):
    """How often a code that no article serves was looked for in a month. It knows codes and counts, no person and no time."""

    item = models.ForeignKey(Item, models.CASCADE, related_name="+")
    month = models.DateField(help_text="Its first day.")
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "month"], name="one_count_a_month")]

    def __str__(self):
        return f"{self.item}, {self.month:%Y-%m}: {self.count}"


class LinkCheck(models.Model):
    """What an address in a reference answered when it was last asked."""

    class State(models.TextChoices):
        OK = "ok", "Answers"
        BROKEN = "broken", "Broken"
        UNREACHABLE = "unreachable", "Could not be reached"

    url = models.URLField(max_length=500, unique=True)
    state = models.CharField(max_length=12, choices=State)
    detail = models.CharField(max_length=200, blank=True)
    checked_at = models.DateTimeField()
    failing_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["url"]

    def __str__(self):
        return f"{self.url}: {self.get_state_display()}"
