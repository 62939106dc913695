"""Where a name is from, and what finding has to look at again."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("conditions", "0005_no_index_on_retired_in"),
    ]

    operations = [
        migrations.AddField(
            model_name="name",
            name="origin",
            field=models.CharField(
                choices=[
                    ("editor", "Given by an editor or an article file"),
                    ("list", "From Plainwell's list of lay names"),
                    ("index", "From the official index"),
                ],
                default="editor",
                editable=False,
                max_length=8,
            ),
        ),
        migrations.CreateModel(
            name="Reindex",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveBigIntegerField(db_index=True)),
                (
                    "article",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="conditions.article",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="conditions.item"
                    ),
                ),
            ],
            options={"ordering": ["number", "pk"]},
        ),
    ]
