"""What a tablet keeps of us, so that the field page opens where there is no network.

A shell is a page without anybody in it: the same for everybody in a language. Whoever adds
something of a person's to one puts it on every tablet.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, make_response, request, url_for
from flask_babel import force_locale, get_locale, gettext

from outreach import front
from outreach.accounts.permissions import PUBLIC, access
from outreach.contacts import pages as contacts
from outreach.directory import pages as directory_pages
from outreach.directory import service as directory_service
from outreach.foundation import assets, clock
from outreach.foundation.compression import pack
from outreach.sites import service as sites

blueprint = Blueprint("shell", __name__)

_GROUND = "#07333c"


@blueprint.get("/falt/skal")
@access(PUBLIC)
def field() -> Response:
    """Show the field page that tablets keep: code lists and places, nothing of anybody."""
    return _kept(_field())


@blueprint.get("/vart/skal")
@access(PUBLIC)
def directory() -> Response:
    """Show the directory that tablets keep; there is no secret in it."""
    return _kept(_directory())


def _field() -> Response:
    frame = front.surroundings_of_shell("contacts_pages.field")
    # The tablet locks itself while it has no network, too; who is there, its scripts find out.
    here = {"viewer": {"name": ""}, "lock_after": current_app.config["LOCK_AFTER_SECONDS"]}
    return contacts.field_document(**frame | here)


def _directory() -> Response:
    frame = front.surroundings_of_shell("directory_pages.directory")
    return make_response(directory_pages.directory_document(**frame))


_SHELLS = {"shell.field": _field, "shell.directory": _directory}


@blueprint.get("/manifest.webmanifest")
@access(PUBLIC)
def manifest() -> Response:
    """Tell a browser how we look when we are installed on a tablet or a phone."""

    def icon(name: str, size: int, purpose: str = "any") -> dict[str, str]:
        address = url_for("static", filename=f"built/{assets.built().names[name]}")
        kind = {"type": "image/png", "purpose": purpose}
        return {"src": address, "sizes": f"{size}x{size}", **kind}

    answer = jsonify(
        id="/falt",
        name="Outreach – Jobbfabriken Vuxna",
        short_name="Outreach",
        description=gettext("Möten på fältet, räknade direkt, även utan nät."),
        lang=str(get_locale()),
        start_url="/falt",
        scope="/",
        display="standalone",
        theme_color=_GROUND,
        background_color=_GROUND,
        icons=[
            icon("icon-192.png", 192),
            icon("icon-512.png", 512),
            icon("icon-maskable-512.png", 512, "maskable"),
        ],
        shortcuts=[
            {"name": gettext("Ny kontakt"), "url": "/falt/ny"},
            {"name": gettext("Vart?"), "url": "/vart"},
        ],
    )
    answer.mimetype = "application/manifest+json"
    return _kept(answer)


@blueprint.get("/service-worker.js")
@access(PUBLIC)
def service_worker() -> Response:
    """Hand out the worker that keeps the shells on the tablet, with what it is to keep.

    When the operator has switched it off, one that forgets them and itself takes its place.
    """
    built = assets.built()
    if current_app.config["SERVICE_WORKER_OFF"]:
        script = built.content("service-worker-off.js")
    else:
        script = f"const SHELL={json.dumps(_shell())};\n{built.content('service-worker.js')}"
    return _kept(current_app.response_class(script, mimetype="text/javascript"))


def _shell() -> dict[str, Any]:
    """Return what tablets are to keep, and a version that changes with anything in it."""
    files = [*_documents(), *assets.built().kept_files]
    worker = assets.built().names["service-worker.js"]
    told = json.dumps([worker, files])
    return {"version": hashlib.sha256(told.encode()).hexdigest()[:16], "files": files}


# The addresses and digests of the shells as this process last made them, and what they were made
# from: browsers ask at every page. Replaced whole, so threads need no lock.
_made: tuple[object, list[tuple[str, str]]] = (None, [])


def _documents() -> list[tuple[str, str]]:
    """Return the address of each shell in each language, with the digest of its content."""
    global _made  # noqa: PLW0603 - one immutable value per process, replaced whole
    made_from = (sites.code_lists().revision, directory_service.state(), clock.today())
    if _made[0] != made_from:
        _made = (made_from, [*_drawn()])
    return _made[1]


def _drawn() -> Iterator[tuple[str, str]]:
    for language in front.LANGUAGES:
        with force_locale(language):
            for endpoint, document in _SHELLS.items():
                address = url_for(endpoint, sprak=language)
                yield address, assets.digest(document().get_data())


def _kept(answer: Response) -> Response:
    """Let an answer be kept, but asked for anew each time: unchanged, it is not sent again."""
    answer.headers["Cache-Control"] = "no-cache"
    # Without a language in its address, a page is in the one that was chosen on the device.
    answer.vary.add("Cookie")
    pack(answer)
    answer.add_etag()
    answer.make_conditional(request)
    return answer
