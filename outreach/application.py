"""The application put together: extensions, the door, every blueprint, who listens to what."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, request
from flask_babel import Babel
from werkzeug.middleware.proxy_fix import ProxyFix

import config
from outreach import front
from outreach.accounts import api as accounts_api
from outreach.accounts import guard
from outreach.accounts import pages as accounts_pages
from outreach.accounts.events import UserClosed
from outreach.accounts.permissions import PUBLIC
from outreach.audit import service as audit
from outreach.contacts import afterwards, closing
from outreach.contacts import api as contacts_api
from outreach.contacts import pages as contacts_pages
from outreach.directory import api as directory_api
from outreach.directory import pages as directory_pages
from outreach.foundation import (
    assets,
    events,
    logging,
    problems,
    queue,
    readiness,
    requests,
    soundness,
)
from outreach.foundation.database import db
from outreach.foundation.http import Contract
from outreach.indicators import api as indicators_api
from outreach.indicators import night
from outreach.indicators import pages as indicators_pages
from outreach.shifts import api as shifts_api
from outreach.shifts import pages as shifts_pages
from outreach.shifts import service as shifts_service
from outreach.sites import api as sites_api
from outreach.sites import pages as sites_pages
from outreach.staff import api as staff_api
from outreach.staff import pages as staff_pages

# Who listens to what, in order: the only place where a lower feature's event meets a higher one.
SUBSCRIPTIONS: dict[type, tuple[events.Listener, ...]] = {
    UserClosed: (shifts_service.leave_shifts,),
}

APIS = (
    accounts_api,
    sites_api,
    staff_api,
    directory_api,
    shifts_api,
    contacts_api,
    indicators_api,
)
PAGES = (
    front,
    accounts_pages,
    sites_pages,
    staff_pages,
    directory_pages,
    shifts_pages,
    contacts_pages,
    afterwards,
    closing,
    indicators_pages,
)

# The rules of routes whose views are not ours to decorate.
OTHER_ROUTES = {
    "static": PUBLIC,
    "readiness.health": PUBLIC,
    "readiness.ready": PUBLIC,
    "readiness.metrics": PUBLIC,
}

# Scripts and pictures, and whether the house stands: told however often they are asked for.
UNCOUNTED = frozenset({"static", "readiness.health", "readiness.ready", "readiness.metrics"})


def create_app(settings: config.Settings | None = None) -> Flask:
    """Return the application for the given settings, or for those that the environment names.

    Raises UnsafeConfigurationError rather than run with anything missing or unsafe.
    """
    app = Flask("outreach", root_path=str(front.ROOT), static_url_path="/static")
    app.config.from_object(settings or config.chosen())
    if proxies := app.config["TRUSTED_PROXIES"]:
        app.wsgi_app = ProxyFix(app.wsgi_app, proxies, proxies, proxies, proxies)  # type: ignore[method-assign]
    # An address with a slash too many is no address of ours: none is sent on to another.
    app.url_map.merge_slashes = False
    logging.configure()
    db.init_app(app)
    Babel(app, locale_selector=_language)
    requests.init_app(app)
    problems.init_app(app)
    queue.init_app(app)
    assets.init_app(app)
    guard.init_app(app, others=OTHER_ROUTES, uncounted=UNCOUNTED)
    readiness.init_app(app, more=_checks(app))
    events.connect(SUBSCRIPTIONS)
    _register(app)
    return app


def _checks(app: Flask) -> dict[str, Callable[[], None]]:
    """Return what `/ready` asks of the features, and in production of the server's settings."""
    found = {"seals": audit.require_sealed, "night": night.require_counted}
    if app.config["ENVIRONMENT"] == "production":
        found["durability"] = soundness.require_durable
    return found


def _register(app: Flask) -> None:
    contract = Contract()
    contract.init_app(app)
    for module in APIS:
        contract.register_blueprint(module.blueprint)
    for page in PAGES:
        app.register_blueprint(page.blueprint)
    app.context_processor(front.surroundings)


def _language() -> str:
    """Return the language of this answer: programs say it, people choose it, else Swedish."""
    if request.path.startswith("/api/"):
        return request.accept_languages.best_match(front.LANGUAGES) or front.LANGUAGES[0]
    chosen = request.cookies.get("language")
    return chosen if chosen in front.LANGUAGES else front.LANGUAGES[0]
