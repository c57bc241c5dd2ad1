"""The web process: `granian --interface wsgi cube_demper.wsgi:application`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cube_demper.settings")

application = get_wsgi_application()
