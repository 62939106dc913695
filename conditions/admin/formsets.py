"""What the formsets of the desk share."""

from django.forms.models import BaseInlineFormSet


def standing(formset):
    """Return the forms of `formset` that hold something and are not being deleted. Their fields may still be in error."""
    return [form for form in formset.forms if form.cleaned_data and not form.cleaned_data.get("DELETE")]


class ReplacingFormSet(BaseInlineFormSet):
    """Rows that nothing hangs on: those that change leave the table before they are written anew.

    So two may trade places, and a new row may take a deleted one's, under constraints that look at one row at a time.
    """

    is_merged = False  # with what others saved, as a part of the whole form: see disagreeing.py

    def add_fields(self, form, index):
        super().add_fields(form, index)
        for field in form.fields.values():
            if field.label:
                field.widget.attrs["aria-label"] = field.label  # the cells of a table have no label of their own
            # A row that was left alone is not written, though somebody else changed it meanwhile.
            field.show_hidden_initial = form.instance.pk is not None and not self.is_merged

    def save(self, commit=True):
        changed = [form.instance.pk for form in self.initial_forms if form.has_changed()]
        self.model.objects.filter(pk__in=changed).delete()
        return super().save(commit)
