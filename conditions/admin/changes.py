"""The log of changes at the desk: what readers were given, and when. Nobody writes in it."""

from django.contrib import admin

from conditions.models import Change


@admin.register(Change)
class ChangeAdmin(admin.ModelAdmin):
    list_display = ["number", "at", "kind", "article", "sentence"]
    list_filter = ["kind"]
    search_fields = ["sentence", "article__slug"]
    fields = ["number", "at", "kind", "article", "revision", "sentence"]

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
