"""What the commands that load names and releases do at their end."""

from django.core.management import CommandError, call_command

from conditions.finding import opening


def bring_index_in_step(stdout, verbosity):
    """Bring the search index in step, if there is one. The load itself is done: what hinders this is told, and no error."""
    if not opening.current_name():
        return
    try:
        call_command("index", verbosity=verbosity)
    except CommandError as error:
        stdout.write(f"The search index follows later. {error}")
