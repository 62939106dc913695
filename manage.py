#!/usr/bin/env python
"""Run Django's commands for Plainwell; a mistake in the settings is one line, not a traceback."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as mistake:
        sys.exit(f"Plainwell cannot start: {mistake}")


if __name__ == "__main__":
    main()
