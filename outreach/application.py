"""The application put together: extensions, the door, every blueprint, who listens to what."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, request
from flask_babel import Babel
from werkzeug.middleware.proxy_fix import ProxyFix

import config
from outreach import front, shell
from outreach.accounts import api as accounts_api
from outreach.accounts import guard, two_steps
from outreach.accounts import pages as accounts_pages
from outreach.accounts.events import SignedOutEverywhere, UserClosed
from outreach.accounts.permissions import PUBLIC
from outreach.audit import service as audit
from outreach.caseload import api as caseload_api
from outreach.caseload import change_pages, list_pages
from outreach.caseload import pages as caseload_pages
from outreach.consents import api as consents_api
from outreach.consents import pages as consents_pages
from outreach.consents import service as consents_service
from outreach.consents.events import ConsentGiven, ConsentWithdrawn
from outreach.contacts import afterwards, closing, linking, recognition_api, recognition_pages
from outreach.contacts import api as contacts_api
from outreach.contacts import pages as contacts_pages
from outreach.contacts.events import ContactTakenBack
from outreach.devices import api as devices_api
from outreach.devices import door, grants
from outreach.devices import pages as devices_pages
from outreach.directory import api as directory_api
from outreach.directory import pages as directory_pages
from outreach.enrolments import api as enrolments_api
from outreach.enrolments import check_api, check_pages, checks
from outreach.enrolments import pages as enrolments_pages
from outreach.enrolments import service as enrolments_service
from outreach.enrolments.events import EnrolmentClosed, LongSilence
from outreach.followups import api as followups_api
from outreach.followups import (
    booking_pages,
    calendar_api,
    calendar_pages,
    calendars,
    holding,
    reminders,
)
from outreach.followups import pages as followups_pages
from outreach.followups import upkeep as meetings_upkeep
from outreach.followups.events import MeetingChanged, ReopeningAsked
from outreach.foundation import (
    assets,
    events,
    logging,
    problems,
    queue,
    readiness,
    requests,
    soundness,
    vault,
)
from outreach.foundation.database import ask_after_rest, db
from outreach.foundation.http import Contract
from outreach.handoffs import api as handoffs_api
from outreach.handoffs import first_meetings, notices, telling
from outreach.handoffs import own_pages as handoffs_own_pages
from outreach.handoffs import pages as handoffs_pages
from outreach.handoffs import upkeep as handoffs_upkeep
from outreach.identification import api as identification_api
from outreach.identification import erasure_pages, later, later_pages, linking_pages, regret_pages
from outreach.identification import pages as identification_pages
from outreach.identification.events import CodesRestored, CodeTaken, UndoAsked
from outreach.indicators import api as indicators_api
from outreach.indicators import night, reported_pages
from outreach.indicators import pages as indicators_pages
from outreach.outgoing import delivery
from outreach.participants import api as participants_api
from outreach.participants.events import (
    DetailsForgotten,
    ParticipantRemoved,
    ParticipantRestricted,
    ProtectionChanged,
    ReachChanged,
)
from outreach.publications import api as publications_api
from outreach.publications import pages as publications_pages
from outreach.reported import api as reported_api
from outreach.shifts import api as shifts_api
from outreach.shifts import pages as shifts_pages
from outreach.shifts import service as shifts_service
from outreach.sites import api as sites_api
from outreach.sites import pages as sites_pages
from outreach.staff import api as staff_api
from outreach.staff import pages as staff_pages
from outreach.sync import api as sync_api
from outreach.sync import pages as sync_pages
from outreach.sync import upkeep

# Who listens to what, in order: the only place where a lower feature's event meets a higher one.
SUBSCRIPTIONS: dict[type, tuple[events.Listener, ...]] = {
    UserClosed: (
        shifts_service.leave_shifts,
        grants.end_with_account,
        calendars.end_with_sign_ins,
    ),
    SignedOutEverywhere: (grants.forget_codes, calendars.end_with_sign_ins),
    ProtectionChanged: (
        linking.shield,
        meetings_upkeep.remind_as_wished,
        handoffs_upkeep.shield,
    ),
    ReachChanged: (meetings_upkeep.remind_as_wished,),
    ParticipantRemoved: (
        checks.leave_with_person,
        meetings_upkeep.leave_with_person,
        handoffs_upkeep.leave_with_person,
        upkeep.forget,
    ),
    ParticipantRestricted: (handoffs_upkeep.rest_with_person,),
    DetailsForgotten: (
        consents_service.forget_purposes,
        enrolments_service.forget_situations,
        checks.leave_with_person,
        meetings_upkeep.forget_words,
        handoffs_upkeep.forget_words,
    ),
    EnrolmentClosed: (),
    LongSilence: (meetings_upkeep.excuse_booked, handoffs_upkeep.excuse_underway),
    MeetingChanged: (first_meetings.follow_meeting,),
    ReopeningAsked: (first_meetings.keep_called_off,),
    UndoAsked: (handoffs_upkeep.hinder_undo,),
    ContactTakenBack: (later.drop_with_contact, holding.reopen_with_contact),
    CodeTaken: (meetings_upkeep.follow_code,),
    CodesRestored: (meetings_upkeep.give_back_to_codes,),
    ConsentGiven: (handoffs_upkeep.go_on_with_consent,),
    ConsentWithdrawn: (handoffs_upkeep.stop_with_consent,),
}

# Who puts together which messages that go out.
MESSAGES = {reminders.REMINDER: reminders.KIND, telling.NOTICE: notices.KIND}

APIS = (
    accounts_api,
    sites_api,
    staff_api,
    devices_api,
    directory_api,
    shifts_api,
    participants_api,
    consents_api,
    contacts_api,
    identification_api,
    followups_api,
    calendar_api,
    handoffs_api,
    recognition_api,
    sync_api,
    enrolments_api,
    check_api,
    caseload_api,
    indicators_api,
    reported_api,
    publications_api,
)
PAGES = (
    front,
    accounts_pages,
    two_steps,
    sites_pages,
    staff_pages,
    devices_pages,
    sync_pages,
    directory_pages,
    shifts_pages,
    consents_pages,
    contacts_pages,
    afterwards,
    closing,
    recognition_pages,
    enrolments_pages,
    check_pages,
    list_pages,
    caseload_pages,
    change_pages,
    identification_pages,
    later_pages,
    linking_pages,
    regret_pages,
    erasure_pages,
    followups_pages,
    booking_pages,
    calendar_pages,
    handoffs_pages,
    handoffs_own_pages,
    indicators_pages,
    reported_pages,
    publications_pages,
    shell,
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
    with app.app_context():
        for engine in db.engines.values():
            ask_after_rest(engine)
    vault.init_app(app)
    Babel(app, locale_selector=_language)
    requests.init_app(app)
    problems.init_app(app)
    queue.init_app(app)
    assets.init_app(app)
    guard.init_app(app, others=OTHER_ROUTES, uncounted=UNCOUNTED, tablet=door.tablet_id)
    readiness.init_app(app, more=_checks(app))
    events.connect(SUBSCRIPTIONS)
    delivery.connect(MESSAGES)
    _register(app)
    return app


def _checks(app: Flask) -> dict[str, Callable[[], None]]:
    """Return what `/ready` asks of the features, and in production of the server's settings."""
    found = {"seals": audit.require_sealed, "night": night.require_counted}
    found["delivery"] = delivery.require_delivered
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
    """Return the language of this answer: programs say it, people choose it, else Swedish.

    What is kept for everybody says its language in its address: nobody has chosen there.
    """
    if request.path.startswith("/api/"):
        return request.accept_languages.best_match(front.LANGUAGES) or front.LANGUAGES[0]
    chosen = request.args.get("sprak") or request.cookies.get("language")
    return chosen if chosen in front.LANGUAGES else front.LANGUAGES[0]
