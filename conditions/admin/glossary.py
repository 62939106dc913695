"""The glossary at the desk: public, and live as soon as it is saved."""

from django.contrib import admin
from django.forms import Textarea

from conditions.models import GlossaryTerm


@admin.register(GlossaryTerm)
class GlossaryTermAdmin(admin.ModelAdmin):
    list_display = ["term", "definition", "is_shown", "language", "origin"]
    list_filter = ["language", "origin"]
    search_fields = ["term", "other_forms", "definition"]
    fields = ["term", "other_forms", "definition", "is_shown", "language"]

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name == "definition":
            kwargs["widget"] = Textarea(attrs={"rows": 3, "class": "vLargeTextField"})
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def save_model(self, request, obj, form, change):
        obj.origin = GlossaryTerm.Origin.EDITOR  # the next load of the list leaves it as it is
        super().save_model(request, obj, form, change)

    def has_delete_permission(self, request, obj=None):
        """A word of the list would be back with the next load: it is hidden instead. There is no deleting from the list view."""
        return obj is not None and obj.origin == GlossaryTerm.Origin.EDITOR and super().has_delete_permission(request, obj)
