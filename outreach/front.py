"""The house's hall: where one is led after signing in, what every page shows, explanations."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from flask import (
    Blueprint,
    abort,
    current_app,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import get_locale, gettext
from flask_login import current_user

from outreach import contract
from outreach.accounts import guard
from outreach.accounts.pages import onward
from outreach.accounts.permissions import CASEWORKER, PUBLIC, SIGNED_IN, access
from outreach.foundation import problems
from outreach.foundation.actor import Actor
from outreach.foundation.errors import N_
from outreach.handoffs import worklists as handoffs
from outreach.identification import regret
from outreach.sites import service as sites
from outreach.sync import review

ROOT = Path(__file__).parent.parent
LANGUAGES = ("sv", "en")
THEMES = ("auto", "light", "dark", "sun")


class Place(NamedTuple):
    """One place in the main navigation: its own address, and those of what else belongs to it."""

    endpoint: str
    label: str
    icon: str
    addresses: tuple[str, ...]

    def holds(self, path: str) -> bool:
        """Whether a page belongs to the place."""
        return any(path == own or path.startswith(f"{own}/") for own in self.addresses)


# The main navigation, in order. Whoever may open a page finds it there.
NAVIGATION = (
    Place("contacts_pages.field", N_("Fält"), "field", ("/falt",)),
    Place(
        "caseload_list_pages.mine",
        N_("Mina deltagare"),
        "people",
        ("/mina-deltagare", "/far-vi-beratta", "/stodperiod", "/efter-jobbstart"),
    ),
    Place(
        "caseload_list_pages.search",
        N_("Sök"),
        "search",
        ("/deltagare", "/beratta"),
    ),
    Place("followups_pages.agenda", N_("Uppföljningar"), "agenda", ("/uppfoljningar",)),
    Place("handoffs_pages.boxes", N_("Överlämningar"), "handoff", ("/overlamningar",)),
    Place("recognition_pages.codes", N_("Koder"), "code", ("/koder",)),
    Place("shifts_pages.week", N_("Pass"), "pass", ("/pass",)),
    Place("indicators_pages.figures", N_("Siffror"), "figures", ("/siffror", "/kontakter")),
    Place(
        "staff_pages.users",
        N_("Förvaltning"),
        "administration",
        ("/personal", "/kodlistor", "/platser", "/katalog", "/namnder", "/plattor", "/nycklar"),
    ),
    Place("devices_pages.tablets", N_("Plattor"), "tablet", ("/plattor",)),
    Place("erasure_pages.requests", N_("Radering"), "erasure", ("/radering",)),
    Place("directory_pages.directory", N_("Vart?"), "directory", ("/vart",)),
    Place("indicators_pages.nights", N_("Natten"), "night", ("/natten",)),
)

# Whoever may open the second finds the first within it.
_WITHIN = {"devices_pages.tablets": "staff_pages.users"}

# What waits there for whoever may open it.
_COUNTED = {
    "erasure_pages.requests": regret.waiting,
    "devices_pages.tablets": review.waiting,
    "handoffs_pages.boxes": handoffs.waiting,
}

_YEAR_SECONDS = 31_536_000

blueprint = Blueprint("front", __name__)


@blueprint.get("/")
@access(SIGNED_IN)
def start() -> Any:
    """Lead each to where their work is."""
    pages = surroundings()["navigation"]
    return redirect(pages[0]["href"] if pages else url_for("front.about"), 303)


@blueprint.get("/om")
@access(PUBLIC)
def about() -> str:
    """Tell what this is, how data are kept, and how accessible it is."""
    return render_template("about.html")


@blueprint.post("/sprak")
@access(PUBLIC)
def language() -> Any:
    """Choose the language of the pages on this device, signed in or not."""
    return _remembering("language", _chosen("locale", LANGUAGES))


@blueprint.post("/tema")
@access(PUBLIC)
def theme() -> Any:
    """Choose the look of the pages on this device, signed in or not."""
    return _remembering("theme", _chosen("theme", THEMES))


def _remembering(name: str, choice: str) -> Any:
    """Go on, and let the browser remember a choice; it says nothing about anybody.

    Apart from the session, so that no other web site's form can take that away.
    """
    guard.require_own_origin()
    answer = redirect(onward(), 303)
    answer.set_cookie(
        name,
        choice,
        max_age=_YEAR_SECONDS,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        samesite="Lax",
    )
    return answer


def _chosen(name: str, choices: tuple[str, ...]) -> str:
    value = request.form.get(name, "")
    if value not in choices:
        abort(404)
    return value


@blueprint.get("/problems/<slug>")
@access(PUBLIC)
def problem(slug: str) -> str:
    """Explain a kind of problem: what happened and what to do next."""
    kind = {kind.slug: kind for kind in problems.kinds()}.get(slug)
    if kind is None:
        abort(404)
    explained = {
        "title": gettext(kind.title),
        "detail": gettext(kind.advice) if kind.advice else "",
        "status": problems.status_of(kind),
    }
    return render_template("problem.html", problem=explained)


@blueprint.get("/api/v1/openapi.json")
@access(PUBLIC)
def openapi() -> Any:
    """Describe the interface for programs (OpenAPI 3.1)."""
    return jsonify(contract.described(_spec(), sites.code_lists()))


@blueprint.get("/api/docs")
@access(PUBLIC)
def api_docs() -> str:
    """Show the interface for programs as a page to read."""
    spec = _spec()
    return render_template("api_docs.html", spec=spec, groups=contract.groups(spec))


def _spec() -> dict[str, Any]:
    api = current_app.extensions["flask-smorest"]["apis"][""]["ext_obj"]
    spec: dict[str, Any] = api.spec.to_dict()
    return spec


def surroundings() -> dict[str, Any]:
    """Return what every page shows around its own content."""
    open_session = current_user.is_authenticated and not guard.is_locked()
    theme = request.cookies.get("theme")
    return {
        "navigation": _navigation() if open_session and not guard.must_enrol() else [],
        "here": _here(),
        "viewer": {"name": guard.actor().name} if open_session else None,
        "locale": str(get_locale()),
        "theme": theme if theme in THEMES else "auto",
        "lock_after": current_app.config["LOCK_AFTER_SECONDS"],
    }


def _navigation() -> list[dict[str, Any]]:
    actor = guard.actor()
    return [
        {
            "href": place.addresses[0],
            "label": gettext(place.label),
            "icon": place.icon,
            "current": _mark(place),
            "count": _COUNTED[place.endpoint](by=actor) if place.endpoint in _COUNTED else 0,
        }
        for place in NAVIGATION
        if _may_open(place.endpoint, actor) and not _may_open(_WITHIN.get(place.endpoint), actor)
    ]


def _may_open(endpoint: str | None, actor: Actor) -> bool:
    rule = guard.rule_of(current_app, endpoint) if endpoint else None
    return rule is not None and rule.allows(actor)


def surroundings_of_shell(endpoint: str) -> dict[str, Any]:
    """Return what a page shows around it as the tablets keep it: the same for every caseworker.

    Nothing of whoever asks is in it: no name, no token, no look of their own.
    """
    offered = [
        place
        for place in NAVIGATION
        if (rule := guard.rule_of(current_app, place.endpoint))
        and (not rule.roles or CASEWORKER in rule.roles)
    ]
    return {
        "shell": True,
        "navigation": [
            {
                "href": place.addresses[0],
                "label": gettext(place.label),
                "icon": place.icon,
                "current": "page" if place.endpoint == endpoint else None,
                "count": 0,
            }
            for place in offered
        ],
        "here": url_for(endpoint),
        "viewer": None,
        "locale": str(get_locale()),
        "theme": THEMES[0],
        "lock_after": None,
    }


def _mark(place: Place) -> str | None:
    """Return how the place is marked: as the page itself, as what the page belongs to, or not."""
    if request.endpoint == place.endpoint:
        return "page"
    return "true" if place.holds(request.path) else None


def _here() -> str:
    """Return the address of this page, so that one comes back to it with what was asked for.

    The answer to a form may have an address that cannot be opened; then it is the start page's.
    """
    if request.method in ("GET", "HEAD"):
        return request.full_path.removesuffix("?")
    routes = current_app.create_url_adapter(request)
    can_be_opened = routes is not None and routes.test(request.path, "GET")
    return request.path if can_be_opened else url_for("front.start")
