"""The classification at the desk: to look things up in. Releases are loaded; only names are added by hand."""

from django.contrib import admin
from django.db.models import Q
from django.utils.html import format_html_join

from conditions.changes import ask_to_reindex
from conditions.codes import parse_code
from conditions.models import Item, Name

from .names import NameInline


@admin.register(Item)
class ItemAdmin(admin.ModelAdmin):
    inlines = [NameInline]
    list_display = ["code", "title", "kind", "is_assignable", "retired_in"]
    list_filter = ["level", "is_assignable", ("retired_in", admin.EmptyFieldListFilter)]
    list_select_related = ["retired_in"]
    search_fields = ["code__istartswith", "title"]
    search_help_text = "A code, with its dot or without, words of the title, or a name from everyday speech."
    show_full_result_count = False  # counting all items again for each search takes longer than the search
    fields = readonly_fields = [
        *("code", "title", "kind", "is_assignable", "parent", "added_in", "retired_in"),
        *("attached_articles", "listed_names"),
    ]

    @admin.display(description="attached articles")
    def attached_articles(self, item):
        attached = item.attachments.select_related("article")
        return format_html_join(", ", "{}", ((attachment.article,) for attachment in attached)) or "–"

    @admin.display(description="names from lists")
    def listed_names(self, item):
        """What a list gave it: those names change with their list alone."""
        listed = item.names.exclude(origin=Name.Origin.EDITOR).order_by("-is_shown", "text")
        return format_html_join(", ", "{}{}", ((name.text, "" if name.is_shown else " (hidden)") for name in listed)) or "–"

    def view_on_site(self, item):
        return item.get_absolute_url()

    def get_search_results(self, request, queryset, search_term):
        """Find a code written without its dot too, and an item by its names, hidden ones as well."""
        found, may_have_duplicates = super().get_search_results(request, queryset, search_term)
        if words := search_term.split():
            names = Name.objects.filter(*(Q(text__icontains=word) for word in words), item__isnull=False)
            found |= queryset.filter(pk__in=names.values("item"))
        if code := parse_code(search_term):
            found |= queryset.filter(code__startswith=code)
        return found, may_have_duplicates

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        ask_to_reindex(items=[form.instance])

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        """An item's own fields are read-only for everybody; this opens its page to those who write names."""
        writes_names = any(request.user.has_perm(f"conditions.{verb}_name") for verb in ("add", "change", "delete"))
        return writes_names and self.has_view_permission(request, obj)

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm("conditions.view_item")

    def has_delete_permission(self, request, obj=None):
        return False

    def save_model(self, request, obj, form, change):
        """Leave the item as its release has it."""
