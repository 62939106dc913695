from django.db import models

from conditions.text import sanitise


class SanitisedHTMLField(models.TextField):
    """HTML that is reduced to the allow-list of `conditions.text` on its way into the database, whoever writes it."""

    def get_db_prep_save(self, value, connection):
        return super().get_db_prep_save(sanitise(value) if isinstance(value, str) else value, connection)
