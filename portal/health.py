"""Whether the process is up, and whether it can serve: for the front server and whoever watches the machine."""

from functools import cache as once

from django.core.cache import cache
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from conditions.finding import opening


@require_safe
def live(request):
    """Answer that the process is up; nothing else is asked."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


@require_safe
def ready(request):
    """Answer 200 where all that a page needs is usable, 503 with what is not. The reason stays here: strangers can ask, too."""
    parts = {"database": usable(database_answers)}
    if parts["database"]:  # without it the others would only wait for it once more
        parts |= {"migrations": usable(migrations_are_applied), "cache": usable(cache_answers), "index": usable(index_opens)}
    told = {name: "usable" if is_usable else "not usable" for name, is_usable in parts.items()}
    return JsonResponse(told, status=200 if all(parts.values()) else 503)


def usable(check):
    try:
        return check()
    except Exception:  # whatever goes wrong here, it is not usable
        return False


def database_answers():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return True


def migrations_are_applied():
    return last_migrations() <= MigrationRecorder(connection).applied_migrations().keys()


@once
def last_migrations():
    """Return the last migration of each app, as the files of this release have them: the same for the life of the process."""
    return set(MigrationLoader(None).graph.leaf_nodes())


def index_opens():
    """Open the index as a search does; a missing or broken one raises."""
    return opening.reader().searcher().num_docs > 0


def cache_answers():
    """Ask for a key that nobody sets: a missing table or an unreachable Redis raises."""
    return cache.get("health", "absent") == "absent"
