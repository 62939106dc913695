"""What every list of the desk shares."""

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.backends import ModelBackend

from conditions.audit import refuse


def staff(permission=""):
    """Return the people who work at the desk, by address; where a `permission` is named, those alone who have it."""
    people = ModelBackend().with_perm(permission) if permission else get_user_model().objects.filter(is_active=True)
    return people.filter(is_staff=True).order_by("email")


class DeskAdmin(admin.ModelAdmin):
    def changelist_view(self, request, extra_context=None):
        """Refuse an action that this person may not take, and write it down; Django would say that none was chosen."""
        name = request.POST.get("action", "")
        if name and name not in self.get_actions(request) and name in {action for _, action, _ in self._get_base_actions()}:
            refuse(request.user, None, f"action {name} on {self.opts.verbose_name_plural}")
        return super().changelist_view(request, extra_context)
