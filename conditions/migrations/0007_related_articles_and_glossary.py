"""Related articles of a revision, the glossary, a section for the differential, and the groups' permissions for them."""

import django.db.models.deletion
import django.db.models.functions.text
from django.contrib.auth.management import create_permissions
from django.db import migrations, models

import conditions.models.articles

RELATED = ["view_relatedarticle", "add_relatedarticle", "change_relatedarticle", "delete_relatedarticle"]
GLOSSARY = ["add_glossaryterm", "change_glossaryterm"]
GROUPS = {
    "Author": [*RELATED, "view_glossaryterm"],
    "Editor": [*RELATED, "view_glossaryterm", *GLOSSARY],  # a definition is public as soon as it is saved
    "Reviewer": ["view_relatedarticle", "view_glossaryterm"],
}


def allow_groups(apps, schema_editor):
    # As in the migrations before: permissions are made now, and the historical app has no models module of its own.
    config = apps.get_app_config("conditions")
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = None
    Group, Permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    for group in Group.objects.filter(name__in=GROUPS):  # a group that was taken away does not come back
        group.permissions.add(*Permission.objects.filter(content_type__app_label="conditions", codename__in=GROUPS[group.name]))


class Migration(migrations.Migration):
    dependencies = [
        ("conditions", "0006_finding"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.AlterField(
            model_name="picture",
            name="section",
            field=models.CharField(
                choices=[
                    ("overview", "Overview"),
                    ("symptoms", "Symptoms"),
                    ("causes", "Causes"),
                    ("when-to-get-help", "When to get help"),
                    ("diagnosis", "Diagnosis"),
                    ("differential", "Other possible causes"),
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
        migrations.AlterField(
            model_name="section",
            name="kind",
            field=models.CharField(
                choices=[
                    ("overview", "Overview"),
                    ("symptoms", "Symptoms"),
                    ("causes", "Causes"),
                    ("when-to-get-help", "When to get help"),
                    ("diagnosis", "Diagnosis"),
                    ("differential", "Other possible causes"),
                    ("treatment", "Treatment"),
                    ("self-care", "Self-care"),
                    ("prevention", "Prevention"),
                    ("outlook", "Outlook"),
                    ("living-with", "Living with it"),
                ],
                help_text="Also the section's address on the page (#treatment).",
                max_length=20,
            ),
        ),
        migrations.CreateModel(
            name="GlossaryTerm",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("term", models.CharField(max_length=80)),
                (
                    "language",
                    models.CharField(
                        choices=[("en", "English"), ("es", "Español"), ("fr", "Français"), ("de", "Deutsch"), ("ar", "العربية")],
                        default=conditions.models.articles.default_language,
                        max_length=8,
                    ),
                ),
                (
                    "other_forms",
                    models.CharField(
                        blank=True,
                        help_text="Other forms in which texts have the word, parted by commas: its plural, a short form.",
                        max_length=300,
                    ),
                ),
                (
                    "definition",
                    models.CharField(
                        help_text="One plain sentence. Everybody reads it, on every page that holds the word, as soon as you save.",
                        max_length=300,
                    ),
                ),
                (
                    "is_shown",
                    models.BooleanField(
                        default=True,
                        help_text="Explained where it stands; otherwise no page says what it means.",
                        verbose_name="shown",
                    ),
                ),
                (
                    "origin",
                    models.CharField(
                        choices=[("editor", "Written by an editor"), ("list", "From Plainwell's glossary")],
                        default="editor",
                        editable=False,
                        max_length=8,
                    ),
                ),
            ],
            options={
                "ordering": [django.db.models.functions.text.Lower("term"), "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("language"),
                        django.db.models.functions.text.Lower("term"),
                        name="one_definition_a_term",
                        violation_error_message="This word is explained already.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RelatedArticle",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField(default=0)),
                (
                    "article",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="related_from", to="conditions.article"
                    ),
                ),
                (
                    "revision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="related", to="conditions.revision"
                    ),
                ),
            ],
            options={
                "ordering": ["position", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("revision", "article"),
                        name="related_once",
                        violation_error_message="This article stands here already.",
                    )
                ],
            },
        ),
        migrations.RunPython(allow_groups, migrations.RunPython.noop),
    ]
