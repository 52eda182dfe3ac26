"""Use cases of sessions: signing in and out, locking, unlocking, one's own new password."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa

from outreach.accounts import factors, passwords, tries
from outreach.accounts.events import SignedOutEverywhere
from outreach.accounts.models import HalfSignIn, SecondFactor, SignIn, User
from outreach.accounts.schemas import OwnPasswordSchema
from outreach.accounts.service import WHO, Standing, actor_named, actor_of, folded, password_faults
from outreach.accounts.tries import SignInPolicy, WrongCredentials
from outreach.audit import trail
from outreach.foundation import clock, events
from outreach.foundation.actor import Actor, system
from outreach.foundation.database import db
from outreach.foundation.errors import N_, Fault, NotSignedIn, OutreachError
from outreach.foundation.schemas import read
from outreach.foundation.transaction import at_once, transaction

# A session says at most so often that somebody is there.
_SEEN_EVERY = timedelta(minutes=1)
# A right password waits so long for its code.
_CODE_WITHIN = timedelta(minutes=5)


class OtpRequired(NotSignedIn):
    """The password was right; the person has a second factor, and no code came along."""

    slug = "otp-required"
    title = N_("Engångskoden saknas")
    advice = N_("Skriv också koden som din app visar, eller en av dina reservkoder.")


class SignInOver(NotSignedIn):
    """The code came too late, or the sign-in that it belongs to was finished already."""

    slug = "sign-in-over"
    title = N_("Börja om med inloggningen")
    advice = N_("Det tog för lång tid. Skriv användarnamn och lösenord igen.")


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
class Begun:
    """What a right password has begun: a session, or one that still wants its code.

    `secret` is the session's, or that of the half-done sign-in.
    """

    secret: str
    code_wanted: bool


@dataclass(frozen=True, slots=True)
class _Proven:
    """Whose password was right, and what must not change before the session begins."""

    who: Actor
    password: bytes
    enrolled_at: datetime | None


_TABLE = cast("sa.Table", SignIn.__table__)
_COLUMNS = _TABLE.c
_BY_SIGN_IN = (
    WHO.add_columns(_COLUMNS.locked_at, _COLUMNS.seen_at, SecondFactor.__table__.c.enrolled_at)
    .join(_TABLE, _COLUMNS.user_id == User.__table__.c.id)
    .join(
        SecondFactor.__table__,
        SecondFactor.__table__.c.user_id == User.__table__.c.id,
        isouter=True,
    )
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
    return Standing(actor_of(row), locked=locked, second_factor=row.enrolled_at is not None)


def sign_in(
    *,
    username: str,
    password: str,
    policy: SignInPolicy,
    otp: str | None = None,
    replacing: str | None = None,
) -> tuple[Actor, str]:
    """Begin a session; return who it is and the secret for the cookie.

    `replacing` is the secret of the session that the browser had: it ends. Raises
    WrongCredentials, after the same work whether the user exists or not, and AccountResting after
    too many wrong tries in a row, at a name that nobody has as well. Whoever has a second factor
    is told so after a right password alone: OtpRequired without a code, WrongOtp for a wrong one.
    """
    proven = _proven(username, password, policy)
    if proven.enrolled_at is not None:
        if not otp or not otp.strip():
            with transaction():
                trail.record(by=proven.who, action="otp_wanted", kind="session")
            raise OtpRequired
        factors.prove(by=proven.who, otp=otp, policy=policy)
    return _begun(proven, policy, replacing)


def begin_sign_in(
    *, username: str, password: str, policy: SignInPolicy, replacing: str | None = None
) -> Begun:
    """Begin a session with the password, or half of one for whoever has a second factor.

    What is half done waits five minutes for `finish_sign_in`, so that nobody has to type or keep
    the password meanwhile. Raises as `sign_in` does.
    """
    proven = _proven(username, password, policy)
    if proven.enrolled_at is None:
        return Begun(_begun(proven, policy, replacing)[1], code_wanted=False)
    secret, now = secrets.token_urlsafe(32), clock.now()
    with transaction() as session:
        session.execute(sa.delete(HalfSignIn).where(HalfSignIn.expires_at < now))
        session.add(
            HalfSignIn(
                digest=passwords.digest(secret),
                user_id=proven.who.id,
                password=proven.password,
                enrolled_at=proven.enrolled_at,
                expires_at=now + _CODE_WITHIN,
            )
        )
        trail.record(by=proven.who, action="otp_wanted", kind="session")
    return Begun(secret, code_wanted=True)


def is_half_done(half: str) -> bool:
    """Tell whether a half-done sign-in still waits for its code."""
    return _waiting(half) is not None


def _waiting(half: str) -> HalfSignIn | None:
    found = db.session.get(HalfSignIn, passwords.digest(half), populate_existing=True)
    return found if found is not None and found.expires_at > clock.now() else None


def finish_sign_in(
    *, half: str, otp: str, policy: SignInPolicy, replacing: str | None = None
) -> tuple[Actor, str]:
    """Begin the session that was half done; return as `sign_in` does. It is finished once.

    Raises WrongOtp, AccountResting, and SignInOver when it is too late, when it was finished
    already, or when the password or the second factor was changed meanwhile.
    """
    found = _waiting(half)
    if found is None:
        raise SignInOver
    user = db.session.get_one(User, found.user_id)
    proven = _Proven(_as_actor(user), found.password, found.enrolled_at)
    factors.prove(by=proven.who, otp=otp, policy=policy)
    try:
        with transaction() as session:
            finishing = sa.delete(HalfSignIn).where(HalfSignIn.digest == found.digest)
            if session.execute(finishing.returning(HalfSignIn.digest)).first() is None:
                raise SignInOver
            return _begun(proven, policy, replacing)
    except WrongCredentials as error:
        raise SignInOver from error


def _begun(proven: _Proven, policy: SignInPolicy, replacing: str | None) -> tuple[Actor, str]:
    secret = secrets.token_urlsafe(32)
    now = clock.now()
    with transaction() as session:
        _require_unchanged(proven)
        session.add(
            SignIn(
                digest=passwords.digest(secret),
                user_id=proven.who.id,
                began_at=now,
                seen_at=now,
                password_at=now,
                expires_at=now + policy.lifetime,
            )
        )
        if replacing:
            _change(replacing, ended_at=now)
        actor = actor_named(proven.who.username)
        trail.record(by=actor, action="sign_in", kind="session")
    return actor, secret


def _require_unchanged(proven: _Proven) -> None:
    """Raise WrongCredentials when what was proven is no longer so, or the account is closed."""
    kept = db.session.scalar(
        sa.select(User.password_hash)
        .where(User.id == proven.who.id, User.closed_at.is_(None))
        .with_for_update(read=True)
    )
    unchanged = kept is not None and passwords.digest(kept) == proven.password
    if not unchanged or factors.enrolled_at(proven.who.id) != proven.enrolled_at:
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
    prove_again(by, secret, password, policy)
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
            prove_again(by, secret, data["current"], policy)
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
        end_others(by.id, secret)
        events.announce(SignedOutEverywhere(by.id))
        trail.record(by=by, action="new_password", kind="user", id=by.id)


def _repeat_faults(data: Any) -> list[Fault]:
    if data.get("repeated", data.get("password")) == data.get("password"):
        return []
    return [Fault("/repeated", N_("De två nya lösenorden är inte lika."))]


def _change(secret: str, **change: datetime | None) -> None:
    digest = passwords.digest(secret)
    db.session.execute(sa.update(SignIn).where(SignIn.digest == digest).values(**change))


def end_others(user_id: UUID, secret: str) -> None:
    """End every session of the person but the one under the secret. Needs a transaction."""
    db.session.execute(
        sa.update(SignIn)
        .where(SignIn.user_id == user_id, SignIn.ended_at.is_(None))
        .where(SignIn.digest != passwords.digest(secret))
        .values(ended_at=clock.now())
    )


def prove_again(by: Actor, secret: str, password: str, policy: SignInPolicy) -> None:
    """Raise unless it is the person's password; the wrong ones count on this session alone.

    Raises WrongPassword, and SessionOver after too many of them.
    """
    kept = db.session.scalar(sa.select(User.password_hash).where(User.id == by.id)) or ""
    right = passwords.matches(kept, password)
    refusal: NotSignedIn | None = None
    with transaction() as session:
        here = session.get_one(SignIn, passwords.digest(secret), with_for_update=True)
        here.wrong_tries = 0 if right else here.wrong_tries + 1
        if right:
            here.password_at = clock.now()
        else:
            trail.record(by=by, action="unlock_refused", kind="session")
            refusal = WrongPassword()
        if here.wrong_tries >= policy.tries:
            here.ended_at, refusal = clock.now(), SessionOver()
    if refusal is not None:
        raise refusal


def _proven(username: str, password: str, policy: SignInPolicy) -> _Proven:
    """Return whose password it is; count the tries, whatever becomes of the request.

    The wrong ones are forgotten when all is proven: a right password alone must not let somebody
    guess at the code for ever.
    """
    user = db.session.scalars(
        sa.select(User).where(User.username == folded(username), User.closed_at.is_(None))
    ).one_or_none()
    kept = user.password_hash if user else passwords.nobodys(policy.cost)
    # Before the row is locked: how long a hash takes must make nobody else wait.
    right = passwords.matches(kept, password)
    enrolled_at = None
    with transaction():
        holder = tries.held(user.id) if user else tries.unknown(username)
        right = right and user is not None and user.password_hash == kept
        refusal: OutreachError | None = tries.resting(holder)
        if refusal is None and right and user is not None:
            enrolled_at = factors.enrolled_at(user.id)
        if refusal is None:
            refusal = None if right else WrongCredentials()
            if enrolled_at is None:
                tries.count(holder, policy, wrong=not right)
        if refusal is not None:
            who = _as_actor(user) if user else system("door")
            trail.record(by=who, action="sign_in_refused", kind="session")
    if user is None or refusal is not None:
        raise refusal or WrongCredentials()
    return _Proven(_as_actor(user), passwords.digest(kept), enrolled_at)


def _as_actor(user: User) -> Actor:
    return Actor(id=user.id, username=user.username, name=user.name, roles=frozenset())
