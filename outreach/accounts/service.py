"""Use cases of accounts: signing in and out, locking, users, and who a secret belongs to."""

from __future__ import annotations

import functools
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from outreach.accounts import passwords
from outreach.accounts.models import SignIn, Token, Unit, User
from outreach.accounts.permissions import ADMINISTRATOR, SUPERVISOR, require_role
from outreach.accounts.schemas import NewUserSchema, OwnPasswordSchema
from outreach.audit import trail
from outreach.foundation import clock
from outreach.foundation.actor import SYSTEM, Actor
from outreach.foundation.database import db
from outreach.foundation.errors import (
    N_,
    Fault,
    IdReuse,
    NotFound,
    NotSignedIn,
    TooMany,
)
from outreach.foundation.schemas import Rule, read
from outreach.foundation.transaction import at_once, transaction


class WrongCredentials(NotSignedIn):
    """No such user, or not that password: the answer does not say which."""

    slug = "wrong-credentials"
    title = N_("Fel användarnamn eller lösenord")
    advice = N_("Kontrollera stavningen och försök igen. Efter fem fel vilar kontot en kvart.")


class AccountResting(TooMany):
    """Too many wrong passwords in a row."""

    slug = "account-resting"
    title = N_("Kontot vilar en stund")
    advice = N_(
        "För många fel lösenord i rad. Vänta en kvart, eller be systemförvaltaren om hjälp."
    )


class Locked(NotSignedIn):
    """Signed in, but the screen is locked."""

    slug = "locked"
    title = N_("Skärmen är låst")
    advice = N_("Lås upp med ditt lösenord och fortsätt.")


@dataclass(frozen=True, slots=True)
class SignInPolicy:
    """How signing in is guarded: tries before the account rests, for how long, at which cost."""

    tries: int
    rest: timedelta
    cost: tuple[int, int, int]
    lifetime: timedelta


@dataclass(frozen=True, slots=True)
class Standing:
    """Who a secret belongs to, and whether the screen behind it is locked."""

    actor: Actor
    locked: bool = False


# Plain tables, not mapped classes: every request asks one of these, and rows are all it needs.
_STAFF, _UNIT = User.__table__.c, Unit.__table__.c
_SIGN_IN, _TOKEN = SignIn.__table__.c, Token.__table__.c
_WHO = (
    sa.select(
        _STAFF.id, _STAFF.username, _STAFF.name, _STAFF.roles, _STAFF.sites, _STAFF.committee,
        _STAFF.unit_id, _STAFF.team, _UNIT.sites.label("unit_sites"),
    )
    .join_from(User.__table__, Unit.__table__, _STAFF.unit_id == _UNIT.id, isouter=True)
    .where(_STAFF.closed_at.is_(None))
)  # fmt: skip
_BY_SIGN_IN = (
    _WHO.add_columns(_SIGN_IN.locked_at)
    .join(SignIn.__table__, _SIGN_IN.user_id == _STAFF.id)
    .where(_SIGN_IN.digest == sa.bindparam("digest"))
    .where(_SIGN_IN.ended_at.is_(None), _SIGN_IN.expires_at > sa.bindparam("now"))
)
_BY_TOKEN = (
    _WHO.add_columns(_TOKEN.scopes)
    .join(Token.__table__, _TOKEN.user_id == _STAFF.id)
    .where(_TOKEN.digest == sa.bindparam("digest"), _TOKEN.revoked_at.is_(None))
    .where(sa.or_(_TOKEN.expires_at.is_(None), _TOKEN.expires_at > sa.bindparam("now")))
)


def _actor(row: Any, scopes: frozenset[str] | None = None) -> Actor:
    """Return the actor of a row of `_WHO`; a supervisor's places are the unit's as well."""
    sites = set(row.sites)
    if SUPERVISOR in row.roles and row.unit_sites:
        sites.update(row.unit_sites)
    return Actor(
        id=row.id,
        username=row.username,
        name=row.name,
        roles=frozenset(row.roles),
        sites=frozenset(sites),
        committee=row.committee,
        unit=row.unit_id,
        team=row.team,
        scopes=scopes,
    )


def standing_of_sign_in(secret: str) -> Standing | None:
    """Return who is signed in under a cookie's secret, None when nobody is any more."""
    rows = at_once(_BY_SIGN_IN, {"digest": passwords.digest(secret), "now": clock.now()})
    return None if not rows else Standing(_actor(rows[0]), locked=rows[0].locked_at is not None)


def standing_of_token(secret: str) -> Standing | None:
    """Return which user a machine's token acts as, None when it is unknown, over or revoked."""
    rows = at_once(_BY_TOKEN, {"digest": passwords.digest(secret), "now": clock.now()})
    return None if not rows else Standing(_actor(rows[0], frozenset(rows[0].scopes)))


def actor_named(username: str) -> Actor:
    """Return the actor of a username. Raises NotFound."""
    row = db.session.execute(_WHO.where(_STAFF.username == _folded(username))).one_or_none()
    if row is None:
        raise NotFound
    return _actor(row)


def staff_ids(usernames: Iterable[str]) -> dict[str, UUID]:
    """Return the ids of those usernames that somebody has or had, by the spelling asked for."""
    asked = {username: _folded(username) for username in usernames}
    rows = db.session.execute(
        sa.select(_STAFF.username, _STAFF.id).where(_STAFF.username.in_(set(asked.values())))
    )
    ids = {row.username: row.id for row in rows}
    return {username: ids[folded] for username, folded in asked.items() if folded in ids}


def recorder_id(by: Actor) -> UUID:
    """Return the id under which rows name the actor as their author.

    A part of the system is none of the staff: a closed account, which nobody can sign in with,
    stands for it in the rows that it makes. It is made when it is first needed.
    """
    if by.id == SYSTEM:
        closed = {"password_hash": "", "roles": [], "closed_at": clock.now()}
        db.session.execute(
            insert(User)
            .values(id=SYSTEM, username="system", name="System", **closed)
            .on_conflict_do_nothing()
        )
    return by.id


def sign_in(*, username: str, password: str, policy: SignInPolicy) -> tuple[Actor, str]:
    """Begin a session; return who it is and the secret for the cookie.

    Raises WrongCredentials, after the same work whether the user exists or not, and
    AccountResting after too many wrong tries in a row.
    """
    user = _checked(username, password, policy)
    secret = secrets.token_urlsafe(32)
    now = clock.now()
    with transaction() as session:
        session.add(
            SignIn(
                digest=passwords.digest(secret),
                user_id=user.id,
                began_at=now,
                expires_at=now + policy.lifetime,
            )
        )
        actor = actor_named(user.username)
        trail.record(by=actor, action="sign_in", kind="session")
    return actor, secret


def sign_out(*, by: Actor, secret: str) -> None:
    """End the session under the secret; a second call changes nothing."""
    _end_or_lock(by, secret, "sign_out", ended_at=clock.now())


def lock(*, by: Actor, secret: str) -> None:
    """Lock the screen: until it is unlocked the session answers nothing personal."""
    _end_or_lock(by, secret, "lock", locked_at=clock.now())


def unlock(*, by: Actor, secret: str, password: str, policy: SignInPolicy) -> None:
    """Unlock the screen for the same person. Raises WrongCredentials or AccountResting."""
    _checked(by.username, password, policy)
    _end_or_lock(by, secret, "unlock", locked_at=None)


def _end_or_lock(by: Actor, secret: str, action: str, **change: datetime | None) -> None:
    with transaction() as session:
        session.execute(
            sa.update(SignIn)
            .where(SignIn.digest == passwords.digest(secret), SignIn.user_id == by.id)
            .values(**change)
        )
        trail.record(by=by, action=action, kind="session")


def _checked(username: str, password: str, policy: SignInPolicy) -> User:
    """Return the user whose password it is; count the tries, whatever becomes of the request."""
    with transaction() as session:
        user = session.scalars(
            sa.select(User)
            .where(User.username == _folded(username), User.closed_at.is_(None))
            .with_for_update()
        ).one_or_none()
        if user and user.resting_until and user.resting_until > clock.now():
            resting = user.resting_until - clock.now()
            refusal: NotSignedIn | TooMany | None = AccountResting(
                retry_after=int(resting.total_seconds()) + 1
            )
        elif passwords.matches(user.password_hash if user else _nobodys(policy.cost), password):
            refusal = None
        else:
            refusal = WrongCredentials()
        if user and refusal is None:
            user.wrong_tries, user.resting_until = 0, None
        elif user and isinstance(refusal, WrongCredentials):
            user.wrong_tries += 1
            if user.wrong_tries >= policy.tries:
                user.wrong_tries, user.resting_until = 0, clock.now() + policy.rest
            trail.record(by=_nobody(user), action="sign_in_refused", kind="session")
    if user is None or refusal is not None:
        raise refusal or WrongCredentials()
    return user


@functools.cache
def _nobodys(cost: tuple[int, int, int]) -> str:
    """Return the hash of a password nobody kept, so that unknown users take as long to check."""
    return passwords.hasher(cost).hash(secrets.token_urlsafe(32))


def _nobody(user: User) -> Actor:
    return Actor(id=user.id, username=user.username, name=user.name, roles=frozenset())


def _folded(username: str) -> str:
    return username.strip().casefold()


def change_own_password(*, by: Actor, secret: str, given: object, policy: SignInPolicy) -> None:
    """Give oneself a new password; every other session of one's own ends at once.

    Raises RuleBroken with every fault, AccountResting after too many wrong present passwords.
    """

    def present_faults(data: Any) -> list[Fault]:
        if "current" not in data:
            return []
        try:
            _checked(by.username, data["current"], policy)
        except WrongCredentials:
            return [Fault("/current", N_("Det är inte lösenordet som du har nu."))]
        return []

    data = read(
        OwnPasswordSchema(), given, _password_faults(by.username, by.name), _repeat_faults,
        present_faults,
    )  # fmt: skip
    with transaction() as session:
        session.execute(
            sa.update(User)
            .where(User.id == by.id)
            .values(password_hash=passwords.hasher(policy.cost).hash(data["password"]))
        )
        session.execute(
            sa.update(SignIn)
            .where(SignIn.user_id == by.id, SignIn.ended_at.is_(None))
            .where(SignIn.digest != passwords.digest(secret))
            .values(ended_at=clock.now())
        )
        trail.record(by=by, action="new_password", kind="user", id=by.id)


def _repeat_faults(data: Any) -> list[Fault]:
    if data.get("repeated", data.get("password")) == data.get("password"):
        return []
    return [Fault("/repeated", N_("De två nya lösenorden är inte lika."))]


def create_user(
    *, by: Actor, given: object, cost: tuple[int, int, int], rules: tuple[Rule, ...] = ()
) -> User:
    """Add one of the staff. A repeat of the same id is refused: a password is never compared.

    `rules` are those of a caller who knows more, the code lists say. Raises RuleBroken with every
    fault at once, IdReuse for a taken id.
    """
    require_role(by, ADMINISTRATOR, "system")
    with transaction() as session:
        data = read(NewUserSchema(), given, _own_name_faults, _username_faults, *rules)
        if session.get(User, data["id"]) is not None:
            raise IdReuse
        data["username"] = _folded(data["username"])
        data["password_hash"] = passwords.hasher(cost).hash(data.pop("password"))
        user = User(**data)
        session.add(user)
        trail.record(by=by, action="create", kind="user", id=user.id, roles=sorted(user.roles))
    return user


def _own_name_faults(data: Any) -> list[Fault]:
    known = (str(data[name]) for name in ("username", "name") if name in data)
    return _password_faults(*known)(data)


def _username_faults(data: Any) -> list[Fault]:
    if "username" not in data:
        return []
    holder = db.session.scalar(sa.select(User.id).where(User.username == _folded(data["username"])))
    if holder is None or holder == data.get("id"):
        return []
    return [Fault("/username", N_("Användarnamnet är upptaget."))]


def _password_faults(*known: str) -> Callable[[Any], list[Fault]]:
    """Return the rule that a new password is hard to guess, `known` being its owner's names."""

    def faults(data: Any) -> list[Fault]:
        password = data.get("password")
        reason = None if password is None else passwords.weakness(password, known=known)
        return [Fault("/password", reason)] if reason else []

    return faults
