"""Pictures of a revision, and the groups' permissions for them."""

import django.db.models.deletion
from django.contrib.auth.management import create_permissions
from django.db import migrations, models

WRITING = ["view_picture", "add_picture", "change_picture", "delete_picture"]
GROUPS = {"Author": WRITING, "Editor": WRITING, "Reviewer": ["view_picture"]}


def allow_groups(apps, schema_editor):
    # As in the migration before: permissions are made now, and the historical app has no models module of its own.
    config = apps.get_app_config("conditions")
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = None
    Group, Permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    for group in Group.objects.filter(name__in=GROUPS):  # a group that was taken away does not come back
        group.permissions.add(*Permission.objects.filter(content_type__app_label="conditions", codename__in=GROUPS[group.name]))


class Migration(migrations.Migration):
    dependencies = [
        ("conditions", "0002_groups_and_counter"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]
    operations = [
        migrations.CreateModel(
            name="Picture",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "section",
                    models.CharField(
                        choices=[
                            ("overview", "Overview"),
                            ("symptoms", "Symptoms"),
                            ("causes", "Causes"),
                            ("when-to-get-help", "When to get help"),
                            ("diagnosis", "Diagnosis"),
                            ("treatment", "Treatment"),
                            ("self-care", "Self-care"),
                            ("prevention", "Prevention"),
                            ("outlook", "Outlook"),
                            ("living-with", "Living with it"),
                        ],
                        help_text="The section in which it stands.",
                        max_length=20,
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=0)),
                (
                    "digest",
                    models.CharField(
                        help_text="SHA-256 of the file that was uploaded; its files are stored under it.", max_length=64
                    ),
                ),
                (
                    "format",
                    models.CharField(
                        choices=[
                            ("svg", "Drawing (SVG)"),
                            ("jpeg", "Picture (JPEG)"),
                            ("png", "Picture with transparency (PNG)"),
                        ],
                        max_length=4,
                    ),
                ),
                (
                    "width",
                    models.PositiveIntegerField(
                        help_text="Of the largest size that is stored, in pixels, or of a drawing's viewBox."
                    ),
                ),
                ("height", models.PositiveIntegerField()),
                (
                    "alternative_text",
                    models.CharField(
                        help_text="What somebody needs to know who cannot see it: what it shows and what one learns from it, in a "
                        "sentence or two. Do not begin with “Picture of”, and do not repeat the caption.",
                        max_length=500,
                        verbose_name="alternative text",
                    ),
                ),
                ("caption", models.CharField(help_text="One sentence that everybody reads below it.", max_length=300)),
                ("credit", models.CharField(help_text="Who made it, as they wish to be named.", max_length=200)),
                (
                    "licence",
                    models.CharField(
                        help_text="By what right it stands here: “CC BY 4.0”, “Public domain”, “Our own”.", max_length=100
                    ),
                ),
                (
                    "revision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="pictures", to="conditions.revision"
                    ),
                ),
            ],
            options={"ordering": ["position", "pk"]},
        ),
        migrations.RunPython(allow_groups, migrations.RunPython.noop),
    ]
