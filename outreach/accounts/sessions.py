"""Use cases of sessions: signing in and out, locking, unlocking, one's own new password."""

from __future__ import annotations

import functools
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from outreach.accounts import passwords
from outreach.accounts.models import SignIn, UnknownName, User
from outreach.accounts.schemas import OwnPasswordSchema
from outreach.accounts.service import WHO, Standing, actor_named, actor_of, folded, password_faults
from outreach.audit import trail
from outreach.foundation import clock, keyring
from outreach.foundation.actor import Actor, system
from outreach.foundation.database import db
from outreach.foundation.errors import N_, Fault, NotSignedIn, OutreachError, TooMany
from outreach.foundation.schemas import read
from outreach.foundation.transaction import at_once, transaction

# A session says at most so often that somebody is there.
_SEEN_EVERY = timedelta(minutes=1)
# What is remembered of a name that nobody has is forgotten again after so long.
_FORGOTTEN_AFTER = timedelta(days=1)


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


class WrongPassword(NotSignedIn):
    """Signed in already, but that is not the password."""

    slug = "wrong-password"
    title = N_("Fel lösenord")
    advice = N_("Försök igen. Efter fem fel i rad loggas du ut.")


class SessionOver(NotSignedIn):
    """Too many wrong passwords on an open session: it is closed."""

    slug = "session-over"
    title = N_("Du är utloggad")
    advice = N_("För många fel lösenord i rad. Logga in igen.")


class Locked(NotSignedIn):
    """Signed in, but the screen is locked."""

    slug = "locked"
    title = N_("Skärmen är låst")
    advice = N_("Lås upp med ditt lösenord och fortsätt.")


@dataclass(frozen=True, slots=True)
class SignInPolicy:
    """How signing in is guarded: tries before an account rests, for how long, at which cost."""

    tries: int
    rest: timedelta
    cost: tuple[int, int, int]
    lifetime: timedelta


_TABLE = cast("sa.Table", SignIn.__table__)
_COLUMNS = _TABLE.c
_BY_SIGN_IN = (
    WHO.add_columns(_COLUMNS.locked_at, _COLUMNS.seen_at)
    .join(_TABLE, _COLUMNS.user_id == User.__table__.c.id)
    .where(_COLUMNS.digest == sa.bindparam("digest"))
    .where(_COLUMNS.ended_at.is_(None), _COLUMNS.expires_at > sa.bindparam("now"))
)
_SEEN = (
    sa.update(_TABLE)
    .where(_COLUMNS.digest == sa.bindparam("of"))
    .values(seen_at=sa.bindparam("now"))
    .returning(_COLUMNS.digest)
)


def standing_of_session(secret: str, *, lock_after: timedelta) -> Standing | None:
    """Return who is signed in under a cookie's secret, None when nobody is any more.

    A session that has asked for nothing for `lock_after` is locked, by the clock on the wall:
    a browser that was closed, or a tablet that slept, cannot leave it open.
    """
    now, digest = clock.now(), passwords.digest(secret)
    rows = at_once(_BY_SIGN_IN, {"digest": digest, "now": now})
    if not rows:
        return None
    row = rows[0]
    locked = row.locked_at is not None or now - row.seen_at > lock_after
    if not locked and now - row.seen_at > _SEEN_EVERY:
        at_once(_SEEN, {"of": digest, "now": now})
    return Standing(actor_of(row), locked=locked)


def sign_in(
    *, username: str, password: str, policy: SignInPolicy, replacing: str | None = None
) -> tuple[Actor, str]:
    """Begin a session; return who it is and the secret for the cookie.

    `replacing` is the secret of the session that the browser had: it ends. Raises
    WrongCredentials, after the same work whether the user exists or not, and AccountResting after
    too many wrong tries in a row, at a name that nobody has as well.
    """
    user = _proven(username, password, policy)
    secret = secrets.token_urlsafe(32)
    now = clock.now()
    with transaction() as session:
        _require_unchanged(user)
        session.add(
            SignIn(
                digest=passwords.digest(secret),
                user_id=user.id,
                began_at=now,
                seen_at=now,
                expires_at=now + policy.lifetime,
            )
        )
        if replacing:
            _change(replacing, ended_at=now)
        actor = actor_named(user.username)
        trail.record(by=actor, action="sign_in", kind="session")
    return actor, secret


def _require_unchanged(user: User) -> None:
    """Raise WrongCredentials when the account was closed, or its password changed, meanwhile."""
    unchanged = sa.select(User.id).where(
        User.id == user.id, User.password_hash == user.password_hash, User.closed_at.is_(None)
    )
    if db.session.scalar(unchanged.with_for_update(read=True)) is None:
        raise WrongCredentials


def sign_out(*, by: Actor, secret: str) -> None:
    """End the session under the secret; a second call changes nothing."""
    with transaction():
        _change(secret, ended_at=clock.now())
        trail.record(by=by, action="sign_out", kind="session")


def lock(*, by: Actor, secret: str) -> None:
    """Lock the screen: until it is unlocked the session answers nothing personal."""
    with transaction():
        _change(secret, locked_at=clock.now())
        trail.record(by=by, action="lock", kind="session")


def unlock(*, by: Actor, secret: str, password: str, policy: SignInPolicy) -> None:
    """Unlock the screen for the same person.

    Raises WrongPassword, and SessionOver after too many of them; tries elsewhere do not count.
    """
    _prove_again(by, secret, password, policy)
    with transaction():
        _change(secret, locked_at=None, seen_at=clock.now())
        trail.record(by=by, action="unlock", kind="session")


def change_own_password(*, by: Actor, secret: str, given: object, policy: SignInPolicy) -> None:
    """Give oneself a new password; every other session of one's own ends at once.

    Raises RuleBroken with every fault, SessionOver after too many wrong present passwords.
    """

    def present_faults(data: Any) -> list[Fault]:
        if "current" not in data:
            return []
        try:
            _prove_again(by, secret, data["current"], policy)
        except WrongPassword:
            return [Fault("/current", N_("Det är inte lösenordet som du har nu."))]
        return []

    data = read(
        OwnPasswordSchema(), given, password_faults(by.username, by.name), _repeat_faults,
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


def _change(secret: str, **change: datetime | None) -> None:
    digest = passwords.digest(secret)
    db.session.execute(sa.update(SignIn).where(SignIn.digest == digest).values(**change))


def _prove_again(by: Actor, secret: str, password: str, policy: SignInPolicy) -> None:
    """Raise unless it is the person's password; the wrong ones count on this session alone."""
    kept = db.session.scalar(sa.select(User.password_hash).where(User.id == by.id)) or ""
    right = passwords.matches(kept, password)
    refusal: NotSignedIn | None = None
    with transaction() as session:
        here = session.get_one(SignIn, passwords.digest(secret), with_for_update=True)
        here.wrong_tries = 0 if right else here.wrong_tries + 1
        if not right:
            trail.record(by=by, action="unlock_refused", kind="session")
            refusal = WrongPassword()
        if here.wrong_tries >= policy.tries:
            here.ended_at, refusal = clock.now(), SessionOver()
    if refusal is not None:
        raise refusal


def _proven(username: str, password: str, policy: SignInPolicy) -> User:
    """Return the user whose password it is; count the tries, whatever becomes of the request."""
    user = db.session.scalars(
        sa.select(User).where(User.username == folded(username), User.closed_at.is_(None))
    ).one_or_none()
    kept = user.password_hash if user else _nobodys(policy.cost)
    # Before the row is locked: how long a hash takes must make nobody else wait.
    right = passwords.matches(kept, password)
    with transaction():
        holder = _locked(user) if user else _unknown(username)
        right = right and user is not None and user.password_hash == kept
        refusal: OutreachError | None = _resting(holder)
        if refusal is None:
            refusal = None if right else WrongCredentials()
            _count(holder, policy, wrong=not right)
        if refusal is not None:
            who = _refused(user) if user else system("door")
            trail.record(by=who, action="sign_in_refused", kind="session")
    if user is None or refusal is not None:
        raise refusal or WrongCredentials()
    return user


def _locked(user: User) -> User:
    """Return the user, held for this transaction so that others may still name them in rows."""
    held = sa.select(User).where(User.id == user.id).with_for_update(key_share=True)
    return db.session.scalars(held.execution_options(populate_existing=True)).one()


def _unknown(username: str) -> UnknownName:
    """Return what is remembered of a name that nobody has, held for this transaction."""
    now, name = clock.now(), _digest_of_name(username)
    session = db.session
    session.execute(sa.delete(UnknownName).where(UnknownName.tried_at < now - _FORGOTTEN_AFTER))
    adding = insert(UnknownName).values(name=name, tried_at=now)
    session.execute(adding.on_conflict_do_update(index_elements=["name"], set_={"tried_at": now}))
    return session.get_one(UnknownName, name, with_for_update=True, populate_existing=True)


def _digest_of_name(username: str) -> bytes:
    """Return by what a name is remembered: it may be a password that was typed in its place."""
    return keyring.digest_of_typed_name(folded(username))


def _resting(holder: User | UnknownName) -> AccountResting | None:
    left = (holder.resting_until - clock.now()) if holder.resting_until else timedelta()
    return AccountResting(retry_after=int(left.total_seconds()) + 1) if left > timedelta() else None


def _count(holder: User | UnknownName, policy: SignInPolicy, *, wrong: bool) -> None:
    holder.wrong_tries = holder.wrong_tries + 1 if wrong else 0
    holder.resting_until = None
    if holder.wrong_tries >= policy.tries:
        holder.wrong_tries, holder.resting_until = 0, clock.now() + policy.rest


@functools.cache
def _nobodys(cost: tuple[int, int, int]) -> str:
    """Return the hash of a password nobody kept, so that unknown users take as long to check."""
    return passwords.hasher(cost).hash(secrets.token_urlsafe(32))


def _refused(user: User) -> Actor:
    return Actor(id=user.id, username=user.username, name=user.name, roles=frozenset())
