"""The application as a web server finds it: `gunicorn wsgi:app`."""

from outreach.application import create_app

app = create_app()
