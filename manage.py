#!/usr/bin/env python
"""Run a management command."""

import os
import sys

from django.core.management import execute_from_command_line

from cube_demper.kernel.environment import SettingUnusable

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cube_demper.settings")
    try:
        execute_from_command_line(sys.argv)
    except SettingUnusable as error:
        sys.exit(str(error))  # whoever typed the setting needs no traceback
