"""The glossary at the desk: public, and live as soon as it is saved."""

from django.contrib import admin
from django.forms import Textarea

from conditions.changes import lock_counter
from conditions.models import GlossaryTerm

from .desk import DeskAdmin
from .freshness import FreshForm


@admin.register(GlossaryTerm)
class GlossaryTermAdmin(DeskAdmin):
    form = FreshForm
    list_display = ["term", "definition", "is_shown", "language", "origin"]
    list_filter = ["is_shown", "language", "origin"]
    search_fields = ["term", "other_forms", "definition"]
    fields = ["term", "other_forms", "definition", "is_shown", "language"]

    # A definition is held against members' texts, drafts' too: who writes one learns which words stand there.

    def has_add_permission(self, request):
        return request.user.has_perm("conditions.view_draft") and super().has_add_permission(request)

    def has_change_permission(self, request, obj=None):
        return request.user.has_perm("conditions.view_draft") and super().has_change_permission(request, obj)

    def has_delete_permission(self, request, obj=None):
        """A word is hidden instead: one of the list would be back with the next load."""
        return False

    def get_readonly_fields(self, request, obj=None):
        """The word itself stays, by which the list knows it."""
        return ["term", "language"] if obj else []

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name == "definition":
            kwargs["widget"] = Textarea(attrs={"rows": 3, "class": "vLargeTextField"})
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def _changeform_view(self, request, object_id, form_url, extra_context):
        if request.method == "POST":
            lock_counter()  # as publishing does, so that neither of the two looks past what the other is about to give readers
        return super()._changeform_view(request, object_id, form_url, extra_context)

    def save_model(self, request, obj, form, change):
        if form.changed_data:
            obj.origin = GlossaryTerm.Origin.EDITOR  # the next load of the list leaves it as it is
        super().save_model(request, obj, form, change)
