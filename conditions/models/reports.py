from django.conf import settings
from django.db import models


class MistakeReport(models.Model):
    """What a reader told us about a page: text alone, no account, no address of the reader."""

    class State(models.TextChoices):
        NEW = "new", "New"
        IN_WORK = "in-work", "In progress"
        DONE = "done", "Done"
        NO_MISTAKE = "no-mistake", "Looked at, and no mistake"

    page = models.CharField(max_length=300, blank=True, help_text="The path of the page it is about.")
    text = models.TextField(max_length=4000)
    state = models.CharField(max_length=12, choices=State, default=State.NEW)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", help_text="Who looks after it."
    )
    note = models.TextField(max_length=2000, blank=True, help_text="For the desk: what was found, and what was done.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self):
        return f"Report of {self.created_at:%Y-%m-%d} on {self.page or 'the site'}"
