"""The inbox of readers' reports of mistakes."""

from django.contrib import admin

from conditions.models import MistakeReport


@admin.register(MistakeReport)
class MistakeReportAdmin(admin.ModelAdmin):
    list_display = ["created_at", "page", "beginning", "state"]
    list_filter = ["state"]
    search_fields = ["page", "text"]
    fields = ["created_at", "page", "text", "state"]
    readonly_fields = ["created_at", "page", "text"]

    @admin.display(description="text")
    def beginning(self, report):
        return f"{report.text[:80]}…" if len(report.text) > 80 else report.text

    def has_add_permission(self, request):
        return False  # readers write them
