"""Without the index on retired_in, which SQLite took for a short way to the current items: it holds nearly all of them."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("conditions", "0004_review_dates"),
    ]

    operations = [
        migrations.AlterField(
            model_name="item",
            name="retired_in",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                help_text="The first release without it.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="conditions.release",
            ),
        ),
    ]
