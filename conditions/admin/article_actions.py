"""What is done to many articles at once: people and review dates are assigned, drafts are handed to review.

Each article is a step of its own: what cannot be done for one is said of that one, and the others are done all the same.
"""

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.core.exceptions import ValidationError
from django.utils import timezone

from conditions.assigning import assign, require_two_people
from conditions.audit import require
from conditions.models import Article, Revision
from conditions.reviewing import months_after
from conditions.text import counted
from conditions.workflow import submit

from .desk import desk_page, staff

MOST = 500  # articles that a question names; a longer form would be refused as too large
MOST_TOLD = 20  # articles whose reasons a message gives
AS_IT_IS, NOBODY = "", "nobody"


# --- What is asked first ----------------------------------------------------------------------------------------------------


class PeopleForm(forms.Form):
    owner = forms.ChoiceField(
        required=False, help_text="Keeps the article true, and is told by e-mail when the page is to be reviewed."
    )
    deputy = forms.ChoiceField(required=False, help_text="Does so while the owner is away. Somebody else than the owner.")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.people = {str(person.pk): person for person in staff()}
        people = [(pk, str(person)) for pk, person in self.people.items()]
        for field in self.fields.values():
            field.choices = [(AS_IT_IS, "Leave as it is"), (NOBODY, "Nobody"), *people]

    def clean(self):
        data = super().clean()
        self.changes = {name: self.people.get(data[name]) for name in ("owner", "deputy") if data.get(name)}
        if not self.errors:
            require_two_people(self.changes.get("owner"), self.changes.get("deputy"))
            if not self.changes:
                raise ValidationError("Choose an owner or a deputy, or go back to the list.")
        return data

    def changes_for(self, article):
        return self.changes


class ReviewForm(forms.Form):
    due_on = forms.DateField(
        label="Next review due on",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="The day by which a clinician is to read the whole page again. Leave it empty to count it from the last review.",
    )
    months = forms.IntegerField(
        label="Months between reviews",
        required=False,
        min_value=1,
        max_value=120,
        help_text="How long a review holds: 36 is three years. The next one is counted anew from the last one, unless you give its "
        "day above. An article that was never reviewed keeps its day. Leave it empty to change the day alone.",
    )

    def clean_due_on(self):
        if (due_on := self.cleaned_data["due_on"]) and due_on <= timezone.localdate():
            raise ValidationError("Give a day that is to come.")
        return due_on

    def clean(self):
        data = super().clean()
        if not self.errors and not data.get("due_on") and not data.get("months"):
            raise ValidationError("Give a day or the months, or go back to the list.")
        return data

    def changes_for(self, article):
        due_on, months = self.cleaned_data["due_on"], self.cleaned_data["months"]
        changes = {"review_months": months} if months else {}
        if due_on or article.reviewed_on:
            changes["review_due_on"] = due_on or months_after(article.reviewed_on, months)
        return changes


# --- The actions ------------------------------------------------------------------------------------------------------------


@admin.action(description="Assign owner and deputy…", permissions=["change"])
def assign_people(model_admin, request, queryset):
    require(request.user, "conditions.change_article")
    said = "Owner and deputy of each of these articles become what you choose here. What you leave as it is stays."
    return ask_and_assign(model_admin, request, queryset, PeopleForm, "Assign owner and deputy", said)


@admin.action(description="Set the date of the next review…", permissions=["record_review"])
def set_review(model_admin, request, queryset):
    require(request.user, "conditions.record_review")
    said = "This sets when each of these pages is to be read again. It does not say that anybody has read it: record that for each."
    return ask_and_assign(model_admin, request, queryset, ReviewForm, "Set the date of the next review", said)


@admin.action(description="Submit the open drafts for review", permissions=["write"])
def submit_drafts(model_admin, request, queryset):
    for permission in ("conditions.view_draft", "conditions.change_revision"):
        require(request.user, permission)
    outcome = Outcome()
    for article in queryset:
        outcome.attempt(article, submit_draft, article, request.user)
    outcome.tell(model_admin, request, "Submitted for review", "Not submitted")


ACTIONS = [assign_people, set_review, submit_drafts]


def submit_draft(article, by):
    """Hand the open draft of `article` to review. Raises ValidationError where there is none, or it is past being a draft."""
    try:
        submit(article.revisions.visible_to(by).open().get(), by)
    except Revision.DoesNotExist:
        raise ValidationError("It has no open draft.") from None
    return True


def ask_and_assign(model_admin, request, queryset, form_class, title, said):
    """Return the page that asks what is to be assigned; once it is answered, assign it and return None."""
    articles = list(queryset[: MOST + 1])
    if len(articles) > MOST:
        told = f"These are more than {MOST} articles: narrow the list with a filter, and do it in several steps."
        return model_admin.message_user(request, told, messages.ERROR)
    form = form_class(request.POST if "apply" in request.POST else None)
    if form.is_valid():
        outcome = Outcome()
        for article in articles:
            outcome.attempt(article, assign, article, request.user, **form.changes_for(article))
        return outcome.tell(model_admin, request, "Changed", "Not changed")
    context = {
        "title": title,
        "said": said,
        "form": form,
        "articles": articles,
        "action": request.POST["action"],
        "checkbox_name": helpers.ACTION_CHECKBOX_NAME,
        "back": request.get_full_path(),
    }
    return desk_page(model_admin, request, "article/assign_selected.html", context)


class Outcome:
    """What became of each article."""

    def __init__(self):
        self.done, self.as_before, self.refused = [], [], []

    def attempt(self, article, step, *args, **kwargs):
        """Do `step`, which says whether anything is new, and raises ValidationError or finds its article gone."""
        try:
            (self.done if step(*args, **kwargs) else self.as_before).append(str(article))
        except ValidationError as error:
            self.refused.append(f"{article} ({' '.join(error.messages)})")
        except Article.DoesNotExist:
            self.refused.append(f"{article} (It is there no more.)")

    def tell(self, model_admin, request, done, refused):
        """Say it to the person who asked for it: `done` and `refused` are the words for either."""
        so_already = "it was so already" if len(self.as_before) == 1 else "they were so already"
        for what, names, level in (
            (done, self.done, messages.SUCCESS),
            (f"Unchanged, {so_already}", self.as_before, messages.INFO),
            (refused, self.refused, messages.ERROR),
        ):
            if names:
                more = f" … and {len(names) - MOST_TOLD} more" if len(names) > MOST_TOLD else ""
                count = counted(len(names), "article")
                model_admin.message_user(request, f"{what}: {count}. {', '.join(names[:MOST_TOLD])}{more}.", level)
