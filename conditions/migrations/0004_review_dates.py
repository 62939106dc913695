"""The days of an article's reviews, the right to record them, and Arabic among the languages."""

from django.contrib.auth.management import create_permissions
from django.db import migrations, models

import conditions.models.articles


def allow_editors(apps, schema_editor):
    # As in 0002: permissions are made now, and the historical app has no models module of its own.
    config = apps.get_app_config("conditions")
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = None
    Group, Permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    for editors in Group.objects.filter(name="Editor"):
        editors.permissions.add(Permission.objects.get(content_type__app_label="conditions", codename="record_review"))


class Migration(migrations.Migration):
    dependencies = [
        ("conditions", "0003_picture"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="article",
            options={
                "ordering": ["slug", "language"],
                "permissions": [("record_review", "Can record that a clinician has reviewed an article")],
            },
        ),
        migrations.AddField(
            model_name="article",
            name="review_due_on",
            field=models.DateField(
                blank=True,
                help_text="When the whole page is to be read again.",
                null=True,
                verbose_name="next review due on",
            ),
        ),
        migrations.AddField(
            model_name="article",
            name="reviewed_on",
            field=models.DateField(
                blank=True,
                help_text="The day on which a clinician last read the whole page.",
                null=True,
                verbose_name="last reviewed on",
            ),
        ),
        migrations.AlterField(
            model_name="article",
            name="language",
            field=models.CharField(
                choices=[("en", "English"), ("es", "Español"), ("fr", "Français"), ("de", "Deutsch"), ("ar", "العربية")],
                default=conditions.models.articles.default_language,
                max_length=8,
            ),
        ),
        migrations.AlterField(
            model_name="articleitem",
            name="language",
            field=models.CharField(
                choices=[("en", "English"), ("es", "Español"), ("fr", "Français"), ("de", "Deutsch"), ("ar", "العربية")],
                default=conditions.models.articles.default_language,
                editable=False,
                max_length=8,
            ),
        ),
        migrations.AlterField(
            model_name="name",
            name="language",
            field=models.CharField(
                choices=[("en", "English"), ("es", "Español"), ("fr", "Français"), ("de", "Deutsch"), ("ar", "العربية")],
                default=conditions.models.articles.default_language,
                max_length=8,
            ),
        ),
        migrations.AlterField(
            model_name="oldslug",
            name="language",
            field=models.CharField(
                choices=[("en", "English"), ("es", "Español"), ("fr", "Français"), ("de", "Deutsch"), ("ar", "العربية")],
                default=conditions.models.articles.default_language,
                max_length=8,
            ),
        ),
        migrations.RunPython(allow_editors, migrations.RunPython.noop),
    ]
