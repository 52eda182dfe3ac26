"""The door of every route: who is asking, and whether the route's rule lets them in.

One `before_request` for the whole application, so that nothing can be forgotten: a view without
a declared `Access` answers nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import structlog
from flask import Flask, current_app, g, redirect, request, session, url_for
from flask.sessions import SecureCookieSessionInterface
from flask_login import LoginManager, UserMixin, current_user
from flask_wtf.csrf import generate_csrf, validate_csrf
from itsdangerous import URLSafeTimedSerializer
from werkzeug.wrappers import Response
from wtforms.validators import ValidationError as InvalidToken

from outreach.accounts import sessions, tokens
from outreach.accounts.limits import Limiter
from outreach.accounts.permissions import Access, SecondFactorRequired, needs_second_factor
from outreach.accounts.service import Standing
from outreach.accounts.sessions import Locked
from outreach.accounts.tries import SignInPolicy, WrongCredentials
from outreach.audit import trail
from outreach.foundation import problems
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.foundation.errors import N_, NotAllowed, NotSignedIn, OutreachError
from outreach.foundation.problems import wants_problem_json

_SID = "sid"
_HALF = "half"
_OTHERS = "outreach.rules of other routes"
_UNCOUNTED = "outreach.routes without a limit"
_TABLET = "outreach.which tablet asks"
_MOST_PROVEN = 10_000
_MOST_FROM_STRANGERS = 64 * 1024
_MOST_FROM_TABLETS = 1024 * 1024
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class CsrfMissing(NotAllowed):
    """A write with the session's cookie but without the page's token."""

    slug = "csrf"
    title = N_("Sidan är för gammal")
    advice = N_("Ladda om sidan och försök igen. Så skyddas du mot att någon annan skickar åt dig.")


class ForeignOrigin(NotAllowed):
    """A form of ours that another web site sent."""

    slug = "origin"
    title = N_("Formuläret kom från en annan webbplats")
    advice = N_("Öppna sidan här och försök igen.")


class Principal(UserMixin):  # type: ignore[misc]
    """Whom flask-login knows: the actor, whether the screen is locked, and what is yet to do."""

    def __init__(self, standing: Standing) -> None:
        self.actor = standing.actor
        self.locked = standing.locked
        self.must_enrol = not standing.second_factor and needs_second_factor(
            standing.actor.roles, current_app.config["SECOND_FACTOR_ROLES"]
        )

    def get_id(self) -> str:
        """Return the actor's id, as flask-login wants it."""
        return str(self.actor.id)


login = LoginManager()
limiter = Limiter()


def actor() -> Actor:
    """Return who is asking. Raises NotSignedIn for nobody."""
    return _somebody(_asking()).actor


def somebody() -> Actor | None:
    """Return who is signed in here, also behind a locked screen; None for nobody.

    For routes that a tablet's token opens: they ask for nobody, but may tell who was there.
    """
    found = _asking()
    return found.actor if found else None


def _asking() -> Principal | None:
    """Return who is asking, taken out of flask-login's proxy, which would look anew each time."""
    found = current_user._get_current_object()  # noqa: SLF001 - werkzeug's word for just this
    return found if isinstance(found, Principal) else None


def _somebody(found: Principal | None) -> Principal:
    if found is None:
        raise NotSignedIn
    return found


def is_locked() -> bool:
    """Tell whether the screen of whoever is asking is locked."""
    return bool(current_user.locked)


def must_enrol() -> bool:
    """Tell whether whoever is asking has yet to set up the second factor that their role needs."""
    return bool(current_user.must_enrol)


def sign_in_policy() -> SignInPolicy:
    """Return how the configuration wants signing in to be guarded."""
    config = current_app.config
    return SignInPolicy(
        tries=config["SIGN_IN_TRIES"],
        rest=config["SIGN_IN_REST"],
        cost=config["ARGON2"],
        lifetime=config["PERMANENT_SESSION_LIFETIME"],
        second_factor=frozenset(config["SECOND_FACTOR_ROLES"]),
    )


@contextmanager
def sign_in_tries(refusal: type[OutreachError] = WrongCredentials) -> Iterator[None]:
    """Count a refused sign-in on the address it came from; a city may be one address.

    `refusal` is what a wrong try raises. Raises TooMany instead of letting the block begin when
    too many were refused just now.
    """
    limit = str(current_app.config["RATE_LIMIT_SIGN_IN"])
    where = (f"address:{request.remote_addr}", "sign-in")
    limiter.require_room(limit, *where)
    try:
        yield
    except refusal:
        limiter.count(limit, *where)
        raise


def begin_session(secret: str) -> None:
    """Give the browser a new session; nothing of an earlier one is carried over."""
    session.clear()
    session.permanent = True
    session[_SID] = secret
    g.pop("csrf_token", None)
    login._load_user()  # noqa: SLF001 - flask-login has no public word for "look again"


def remember_half(secret: str) -> None:
    """Let the browser keep the secret of a sign-in that still wants its code."""
    session[_HALF] = secret


def half_before() -> str | None:
    """Return the secret of the half-done sign-in that the browser has, None when it has none."""
    return session.get(_HALF)


def forget_half() -> None:
    """Take the half-done sign-in from the browser."""
    session.pop(_HALF, None)


def session_before() -> str | None:
    """Return the secret of the session that the browser has, None when it has none."""
    return session.get(_SID)


def session_secret() -> str:
    """Return the secret of the session at hand. Raises NotSignedIn for a machine's token."""
    if _SID not in session:
        raise NotSignedIn
    return str(session[_SID])


def end_session() -> None:
    """Take the session from the browser."""
    session.clear()


def csrf_token() -> str:
    """Return the token that every write with the session's cookie carries."""
    return str(generate_csrf())


def require_own_origin() -> None:
    """Raise ForeignOrigin when another web site's page sent the request (it carries no token)."""
    origin = request.headers.get("Origin")
    if origin and origin != "null" and urlsplit(origin).netloc == request.host:
        return
    if origin or request.headers.get("Sec-Fetch-Site", "none") not in {"none", "same-origin"}:
        raise ForeignOrigin


def bearer() -> str | None:
    """Return the token that the request shows, of a machine or a tablet; None without one."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


@login.request_loader  # type: ignore[untyped-decorator]
def _load(_request: Any) -> Principal | None:
    """Find out who is asking, from a machine's token or the session's cookie.

    A tablet's token says nothing of who is at it.
    """
    token = bearer()
    if token is not None and not token.startswith(tokens.TABLET_MARK):
        # A page may show more than its rule's scope says: pages are for people.
        standing = tokens.standing_of_token(token) if wants_problem_json() else None
    elif _SID in session:
        lock_after = timedelta(seconds=current_app.config["LOCK_AFTER_SECONDS"])
        standing = sessions.standing_of_session(session[_SID], lock_after=lock_after)
    else:
        standing = None
    return Principal(standing) if standing else None


def rule_of(app: Flask, endpoint: str) -> Access | None:
    """Return the declared rule of a route, None when nobody declared one."""
    own: Access | None = getattr(app.view_functions[endpoint], "access", None)
    others: Mapping[str, Access] = app.extensions[_OTHERS]
    return own or others.get(endpoint)


def _guard() -> None:
    if request.url_rule is None:
        # No such address: the router's own error is on its way, but it is counted all the same.
        limiter.count(current_app.config["RATE_LIMIT"], f"address:{request.remote_addr}")
        return
    rule = rule_of(current_app, request.url_rule.endpoint)
    if rule is None:
        raise NotAllowed
    if rule.by_device:
        _let_tablet_in()
        return
    if request.endpoint not in current_app.extensions[_UNCOUNTED]:
        _count(_asking())
    if rule.public:
        # Whoever is unknown is listened to for no longer than a form takes.
        request.max_content_length = _MOST_FROM_STRANGERS
        return
    principal = _somebody(_asking())
    who = principal.actor
    structlog.contextvars.bind_contextvars(actor=str(who.id))
    if principal.locked and not rule.while_locked:
        raise Locked
    if request.method not in _SAFE and who.scopes is None:
        _require_csrf()
    if principal.must_enrol and not rule.before_second_factor:
        raise SecondFactorRequired
    if not rule.allows(who):
        raise NotAllowed


def _let_tablet_in() -> None:
    """Ask which tablet it is, and count the request on it; one that nobody knows on its address."""
    limit = current_app.config["RATE_LIMIT"]
    request.max_content_length = _MOST_FROM_TABLETS
    try:
        tablet: UUID = current_app.extensions[_TABLET]()
    except NotSignedIn:
        limiter.count(limit, f"address:{request.remote_addr}")
        raise
    structlog.contextvars.bind_contextvars(tablet=str(tablet))
    limiter.count(limit, f"tablet:{tablet}")


def denied(error: NotAllowed) -> Response:
    """Keep who was refused what, at the door or by a rule deep inside, and tell them.

    A page that has more to say of a refusal calls it for what it keeps.
    """
    found = _asking()
    if found is not None and request.url_rule is not None:
        # What was read is given back first, so that no request needs two connections at once.
        db.session.rollback()
        trail.record_apart(
            by=found.actor, action="denied", kind="route", id=request.url_rule.rule, slug=error.slug
        )
    if isinstance(error, SecondFactorRequired) and not wants_problem_json():
        there = request.full_path.rstrip("?") if request.method == "GET" else None
        return redirect(url_for("two_steps.overview", next=there), 303)
    return problems.answer(error)


def _count(principal: Principal | None) -> None:
    """Count the request on whoever is asking: the person or machine, else the address."""
    who = f"actor:{principal.get_id()}" if principal else f"address:{request.remote_addr}"
    limiter.count(current_app.config["RATE_LIMIT"], who)


# Tokens that were found to belong to a session: as they have no end of their own, they always
# will, so that most writes need not check the signature again.
_proven: set[tuple[str, str]] = set()


def _require_csrf() -> None:
    given = request.headers.get("X-CSRF-Token") or request.form.get("csrf_token")
    pair = (given or "", str(session.get("csrf_token")))
    if pair in _proven:
        return
    try:
        validate_csrf(given)
    except InvalidToken as error:
        raise CsrfMissing from error
    if len(_proven) >= _MOST_PROVEN:
        _proven.clear()
    _proven.add(pair)


class _SignedCookie(SecureCookieSessionInterface):
    """Flask's own session cookie, but its signer is made once, not twice in each request."""

    _signer: URLSafeTimedSerializer | None = None

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Return what signs and checks the cookie; the key stays the same while we run."""
        if self._signer is None:
            self._signer = super().get_signing_serializer(app)
        return self._signer


def init_app(
    app: Flask,
    *,
    others: Mapping[str, Access],
    uncounted: frozenset[str],
    tablet: Callable[[], UUID],
) -> None:
    """Put the door in front of every route.

    `others` are the rules of views that are not ours; `uncounted` are the routes without a limit;
    `tablet` tells which tablet sent the request, or raises NotSignedIn.
    """
    app.extensions[_OTHERS] = others
    app.extensions[_TABLET] = tablet
    app.extensions[_UNCOUNTED] = uncounted
    app.session_interface = _SignedCookie()
    login.init_app(app)
    app.before_request(_guard)
    app.register_error_handler(NotAllowed, denied)
    limiter.init_app(app)
    app.jinja_env.globals["csrf_token"] = csrf_token
