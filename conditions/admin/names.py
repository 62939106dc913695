"""Names of an article or an item: public, and live as soon as they are saved."""

from django import forms
from django.contrib import admin

from conditions.models import Name
from conditions.models.articles import default_language

from .formsets import ReplacingFormSet, standing


class NameForm(forms.ModelForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance._state.adding and "language" in self.fields:
            self.initial["language"] = ""
            self.fields["language"].required = False
            self.fields["language"].choices = [("", "The page's own"), *self.fields["language"].choices]


class NameFormSet(ReplacingFormSet):
    def validate_unique(self):
        """Refuse a name that stands here twice in one language, whatever its capitals, and one that a list gave already."""
        page_language = getattr(self.instance, "language", None) or default_language()
        listed = Name.objects.exclude(origin=Name.Origin.EDITOR).filter(**{self.fk.name: self.instance.pk})
        if self.instance.pk is None:
            listed = Name.objects.none()  # nothing has no names: the filter would find those of everything else
        listed = {(language, text.lower()) for language, text in listed.values_list("language", "text")}
        seen = set()
        for form in standing(self):
            form.instance.language = form.instance.language or page_language
            name = (form.instance.language, form.cleaned_data.get("text", "").lower())
            if name in seen and name[1]:
                form.add_error("text", "This name stands here already.")
            elif name in listed:
                form.add_error("text", "A list has this name already: see “names from lists”.")
            seen.add(name)


class NameInline(admin.TabularInline):
    model = Name
    form = NameForm
    formset = NameFormSet
    fields = ["text", "is_shown", "language"]
    extra = 1
    verbose_name_plural = "names: public, and live as soon as you save"

    def get_queryset(self, request):
        """Leave out the names of lists, which would come back with the next load."""
        return super().get_queryset(request).by_hand()
