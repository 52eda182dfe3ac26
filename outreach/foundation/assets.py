"""Where the built scripts and styles are: logical names in, hashed addresses out."""

from __future__ import annotations

import json
from http import HTTPStatus
from pathlib import Path

from flask import Flask, Response, request, url_for

_YEAR = 31_536_000


def init_app(app: Flask) -> None:
    """Give templates `asset('app.css')` and `is_drawn('topic-cv')`.

    Built files get a cache of a year: their names carry hashes.
    """
    built = Path(app.static_folder or "static") / "built" / "manifest.json"
    names: dict[str, str] = json.loads(built.read_text("utf-8")) if built.is_file() else {}

    def asset(name: str) -> str:
        """Return the address of a built file. Raises KeyError when the build does not know it."""
        return url_for("static", filename=f"built/{names[name]}")

    def is_drawn(icon: str) -> bool:
        """Tell whether the sprite has the icon: a topic of the administrator's own has none."""
        return f"icons.svg#{icon}" in names

    def keep_long(response: Response) -> Response:
        if request.path.startswith("/static/built/") and response.status_code == HTTPStatus.OK:
            response.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable"
        return response

    app.jinja_env.globals |= {"asset": asset, "is_drawn": is_drawn}
    app.after_request(keep_long)
