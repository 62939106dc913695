"""The clinicians who review articles: public, and live as soon as they are saved."""

from django.contrib import admin
from django.forms import Textarea

from conditions.changes import lock_counter
from conditions.models import Reviewer

from .desk import DeskAdmin, staff
from .freshness import FreshForm


@admin.register(Reviewer)
class ReviewerAdmin(DeskAdmin):
    form = FreshForm
    list_display = ["name", "credentials", "user"]
    list_select_related = ["user"]
    search_fields = ["name", "credentials"]
    fieldsets = [
        (
            None,
            {
                "fields": ["name", "slug", "credentials", "interests"],
                "description": "Everybody can read this as soon as you save: on the person's page, and in part on every article "
                "that the person reviewed last. Write what the person has agreed to.",
            },
        ),
        ("At the desk", {"fields": ["user"]}),
    ]

    def view_on_site(self, obj):
        return obj.get_absolute_url()

    # What stands here is held against members' texts, drafts' too: who writes it learns which words stand there.

    def has_add_permission(self, request):
        return request.user.has_perm("conditions.view_draft") and super().has_add_permission(request)

    def has_change_permission(self, request, obj=None):
        return request.user.has_perm("conditions.view_draft") and super().has_change_permission(request, obj)

    def has_delete_permission(self, request, obj=None):
        """Whoever stands on an article stays. There is no deleting from the list."""
        return obj is not None and not obj.reviewed_articles.exists() and super().has_delete_permission(request, obj)

    def get_readonly_fields(self, request, obj=None):
        """The address stays once an article leads there: nothing redirects from an old one."""
        return ["slug"] if obj and obj.reviewed_articles.exists() else []

    def get_prepopulated_fields(self, request, obj=None):
        return {} if obj else {"slug": ["name"]}

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "user":
            field.queryset = staff()
        return field

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name in ("credentials", "interests"):
            kwargs["widget"] = Textarea(attrs={"rows": 3 if db_field.name == "credentials" else 5, "class": "vLargeTextField"})
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def _changeform_view(self, request, object_id, form_url, extra_context):
        if request.method == "POST":
            lock_counter()  # as publishing does, so that neither of the two looks past what the other is about to give readers
        return super()._changeform_view(request, object_id, form_url, extra_context)
