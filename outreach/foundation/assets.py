"""Where the built scripts and styles are: logical names in, hashed addresses out."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from mimetypes import guess_type
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app, request, send_from_directory, url_for

_YEAR = 31_536_000
_BUILT = "built/"
# Copies that the build has packed lie beside a file; the better one first.
_PACKED = {"br": ".br", "gzip": ".gz"}
_EXTENSION = "outreach.built"


@dataclass(frozen=True)
class Built:
    """What the build has made: the file of each logical name, and those that tablets keep."""

    folder: Path
    names: Mapping[str, str]
    kept: Sequence[str]
    release: str

    @cached_property
    def version(self) -> str:
        """The release, and eight signs that tell this build of it from every other one."""
        told = json.dumps(sorted(self.names.items()))
        return f"{self.release}+{hashlib.sha256(told.encode()).hexdigest()[:8]}"

    @cached_property
    def kept_files(self) -> list[tuple[str, str]]:
        """The address of each file that tablets keep, with the digest of its content."""
        return [
            (url_for("static", filename=_BUILT + name), digest((self.folder / name).read_bytes()))
            for name in self.kept
        ]

    def content(self, name: str) -> str:
        """Return a built script. Raises KeyError when the build does not know it."""
        return (self.folder / self.names[name]).read_text("utf-8")


def built() -> Built:
    """Return what the build has made."""
    found: Built = current_app.extensions[_EXTENSION]
    return found


def digest(content: bytes) -> str:
    """Return the digest of a content as browsers compare it (subresource integrity)."""
    return f"sha256-{b64encode(hashlib.sha256(content).digest()).decode()}"


def init_app(app: Flask) -> None:
    """Give templates `asset('app.css')`, `is_drawn('topic-cv')` and `build()`.

    Built files get a cache of a year: their names carry hashes. They are sent packed to whoever
    can read that.
    """
    static = Path(app.static_folder or "static")
    folder = static / "built"
    names: dict[str, str] = _read(folder / "manifest.json", {})
    app.extensions[_EXTENSION] = Built(
        folder,
        names,
        _read(folder / "shell.json", []),
        _read(folder / "release.json", "0"),
    )
    packed = {_BUILT + file.name for end in _PACKED.values() for file in folder.glob(f"*{end}")}

    def asset(name: str) -> str:
        """Return the address of a built file. Raises KeyError when the build does not know it."""
        return url_for("static", filename=_BUILT + names[name])

    def is_drawn(icon: str) -> bool:
        """Tell whether the sprite has the icon: a topic of the administrator's own has none."""
        return f"icons.svg#{icon}" in names

    def send(filename: str) -> Response:
        """Send a file of the static folder; of a built one the smallest copy that can be read."""
        ends = {kind: end for kind, end in _PACKED.items() if filename + end in packed}
        if not ends:
            return app.send_static_file(filename)
        readable = request.accept_encodings
        encoding = next((kind for kind in ends if readable.quality(kind) > 0), None)
        kind, _ = guess_type(filename)
        answer = send_from_directory(static, filename + ends.get(encoding or "", ""), mimetype=kind)
        if encoding:
            answer.content_encoding = encoding
        answer.vary.add("Accept-Encoding")
        return answer

    def keep_long(response: Response) -> Response:
        kept = response.status_code in {HTTPStatus.OK, HTTPStatus.NOT_MODIFIED}
        if request.path.startswith("/static/built/") and kept:
            response.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable"
        return response

    app.jinja_env.globals |= {
        "asset": asset,
        "is_drawn": is_drawn,
        "build": lambda: built().version,
    }
    app.view_functions["static"] = send
    app.after_request(keep_long)


def _read(file: Path, otherwise: Any) -> Any:
    """Return what a file of the build says; something else where nothing was built."""
    return json.loads(file.read_text("utf-8")) if file.is_file() else otherwise
