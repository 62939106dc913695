"""Recording that a clinician has read a whole page."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils import timezone
from django.utils.formats import date_format

from conditions.audit import require
from conditions.models import Reviewer
from conditions.reviewing import record_review
from conditions.text import counted

from .article_list import named
from .desk import desk_page, staff


class DayInput(forms.DateInput):
    """A day as the browser asks for it, which needs no script."""

    input_type = "date"

    def __init__(self):
        super().__init__(format="%Y-%m-%d")  # what browsers read, in whatever language


class ReviewForm(forms.Form):
    """Its fields bear the names of what `record_review` takes, so that an error finds its field."""

    reviewer = forms.ModelChoiceField(
        Reviewer.objects.all(),
        label="Who read the page",
        help_text="Readers see the name beside the day, and a page about the person.",
    )
    on = forms.DateField(
        label="Read on", widget=DayInput, help_text="The day on which the person finished reading: today or earlier."
    )
    due_on = forms.DateField(label="Next review due on", widget=DayInput, required=False)

    def __init__(self, *args, article, **kwargs):
        super().__init__(*args, **kwargs)
        months = counted(article.review_months, "month")
        self.fields["due_on"].help_text = f"Leave it empty for {months} after that day, as this article is set."


def urls(model_admin):
    """Return the patterns that stand before those of `model_admin`."""

    def view(request, pk):
        return record_review_view(model_admin, request, pk)

    record = model_admin.admin_site.admin_view(view)
    return [path("<int:pk>/record-review/", record, name="conditions_article_record_review")]


def record_review_view(model_admin, request, pk):
    """Ask who has read the page and when; write it down, and lead back to the article."""
    article = get_object_or_404(model_admin.get_queryset(request), pk=pk)
    if not model_admin.has_view_permission(request, article):
        raise PermissionDenied
    require(request.user, "conditions.record_review", article)
    mine = Reviewer.objects.filter(user=request.user).first()
    form = ReviewForm(request.POST or None, article=article, initial={"reviewer": mine, "on": timezone.localdate()})
    if form.is_valid():
        try:
            with transaction.atomic():
                record_review(article, by=request.user, **form.cleaned_data)
                model_admin.log_change(request, article, "Recorded a review.")
        except ValidationError as error:
            form.add_error(None, error)
        else:
            next_on = date_format(article.review_due_on)
            model_admin.message_user(request, f"The review is recorded. The next one is due on {next_on}.", messages.SUCCESS)
            return redirect("admin:conditions_article_change", pk)
    can_add_reviewer = request.user.has_perms(["conditions.add_reviewer", "conditions.view_draft"])
    is_stuck = not can_add_reviewer and not Reviewer.objects.exists()
    context = {
        "title": "Record a review",
        "subtitle": str(article),
        "article": article,
        "published": article.revisions.published().first(),
        "form": form,
        "can_add_reviewer": can_add_reviewer,
        "is_stuck": is_stuck,
        "whom_to_ask": [named(person) for person in staff("conditions.add_reviewer")] if is_stuck else [],
    }
    return desk_page(model_admin, request, "article/record_review.html", context)
