"""The groups of the editorial desk with their permissions, and the one row that numbers changes."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

AUTHOR = [
    *("view_article", "add_article", "change_article"),
    *("view_articleitem", "add_articleitem", "change_articleitem", "delete_articleitem"),
    *("view_name", "add_name", "change_name", "delete_name"),
    *("view_revision", "add_revision", "change_revision", "view_draft"),
    *("view_section", "add_section", "change_section", "delete_section"),
    *("view_carecard", "add_carecard", "change_carecard", "delete_carecard"),
    *("view_reference", "add_reference", "change_reference", "delete_reference"),
    *("view_item", "view_change"),
]
GROUPS = {
    "Author": AUTHOR,
    "Editor": [*AUTHOR, "publish_revision", "withdraw_revision", "delete_revision", "view_mistakereport", "change_mistakereport"],
    "Reviewer": [name for name in AUTHOR if name.startswith("view_")],
}


def make_groups(apps, schema_editor):
    # Django makes permissions after the last migration has run; a group that is made here needs them now. The historical app
    # has no models module, without which create_permissions does nothing.
    config = apps.get_app_config("conditions")
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = None
    Group, Permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    for name, codenames in GROUPS.items():
        permissions = Permission.objects.filter(content_type__app_label="conditions", codename__in=codenames)
        if missing := set(codenames) - {permission.codename for permission in permissions}:
            raise LookupError(f"The group {name} asks for permissions that do not exist: {', '.join(sorted(missing))}.")
        group, _ = Group.objects.get_or_create(name=name)
        group.permissions.add(*permissions)


def make_counter(apps, schema_editor):
    apps.get_model("conditions", "ChangeCounter").objects.get_or_create(pk=1)


class Migration(migrations.Migration):
    dependencies = [
        ("conditions", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [
        migrations.RunPython(make_groups, migrations.RunPython.noop),
        migrations.RunPython(make_counter, migrations.RunPython.noop),
    ]
