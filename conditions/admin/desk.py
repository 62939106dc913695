"""What the lists and pages of the desk share."""

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.backends import ModelBackend
from django.template.response import TemplateResponse

from conditions.audit import refuse


def staff(permission=""):
    """Return the people who work at the desk, by address; where a `permission` is named, those alone who have it."""
    people = ModelBackend().with_perm(permission) if permission else get_user_model().objects.filter(is_active=True)
    return people.filter(is_staff=True).order_by("email")


def desk_page(model_admin, request, template, context, status=200):
    """Answer with a page of the desk that is none of Django's: `template` of admin/conditions/, in the frame of `model_admin`."""
    request.current_app = model_admin.admin_site.name
    frame = {**model_admin.admin_site.each_context(request), "opts": model_admin.opts}
    return TemplateResponse(request, f"admin/conditions/{template}", frame | context, status=status)


class DeskAdmin(admin.ModelAdmin):
    def changelist_view(self, request, extra_context=None):
        """Refuse an action that this person may not take, and write it down; Django would say that none was chosen."""
        name = request.POST.get("action", "")
        if name and name not in self.get_actions(request) and name in {action for _, action, _ in self._get_base_actions()}:
            refuse(request.user, None, f"action {name} on {self.opts.verbose_name_plural}")
        return super().changelist_view(request, extra_context)
