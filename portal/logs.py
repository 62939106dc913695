"""What an unhandled error may say in the log."""

import logging
import traceback

from django.core.exceptions import SuspiciousOperation

MESSAGE_LENGTH = 200  # characters


class DiscreetFormatter(logging.Formatter):
    """Write an error as frames, its class and the first line of its message.

    The lines below the first are where PostgreSQL quotes the row, which may hold an address or gated text; a long message is text
    of a page.
    """

    def formatException(self, exc_info):
        if isinstance(exc_info[1], SuspiciousOperation):
            return ""  # a stranger's request that was refused, such as one for another host: the line itself is enough
        return "\n".join(reversed([told(error) for error in chain(exc_info[1])]))


def chain(error):
    """Return `error` and what it came from, as Python would tell it, the newest first."""
    errors = []
    while error is not None and error not in errors:
        errors.append(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return errors


def told(error):
    frames = "".join(traceback.format_tb(error.__traceback__))
    message = next(iter(str(error).splitlines()), "")[:MESSAGE_LENGTH]
    return f"{frames}{type(error).__qualname__}: {message}"
