from django.db import models


class MistakeReport(models.Model):
    """What a reader told us about a page: text alone, no account, no address of the reader."""

    class State(models.TextChoices):
        NEW = "new", "New"
        DONE = "done", "Done"

    page = models.CharField(max_length=300, blank=True, help_text="The path of the page it is about.")
    text = models.TextField(max_length=4000)
    state = models.CharField(max_length=8, choices=State, default=State.NEW)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self):
        return f"Report of {self.created_at:%Y-%m-%d} on {self.page or 'the site'}"
