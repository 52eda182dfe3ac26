"""Where the built scripts and styles are: logical names in, hashed addresses out."""

from __future__ import annotations

import json
from http import HTTPStatus
from pathlib import Path

from flask import Flask, Response, request, url_for

_YEAR = 31_536_000


def init_app(app: Flask) -> None:
    """Give templates `asset('app.css')`, and built files a cache of a year (names carry hashes)."""
    built = Path(app.static_folder or "static") / "built" / "manifest.json"
    names: dict[str, str] = json.loads(built.read_text("utf-8")) if built.is_file() else {}

    def asset(name: str) -> str:
        """Return the address of a built file. Raises KeyError when the build does not know it."""
        return url_for("static", filename=f"built/{names[name]}")

    def keep_long(response: Response) -> Response:
        if request.path.startswith("/static/built/") and response.status_code == HTTPStatus.OK:
            response.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable"
        return response

    app.jinja_env.globals["asset"] = asset
    app.after_request(keep_long)
