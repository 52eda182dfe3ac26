"""Sessions of whoever a feature above has proven by a code of its own: a tablet's plattkod.

Whether the code was right is not known here; what it may open is.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from outreach.accounts import factors, passwords
from outreach.accounts.models import SignIn, User
from outreach.accounts.permissions import needs_second_factor
from outreach.accounts.service import actor_with_id
from outreach.accounts.tries import SignInPolicy
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.database import db

# A password proves who it is for so long.
_PASSWORD_HOLDS = timedelta(minutes=15)


def is_password_fresh(secret: str) -> bool:
    """Tell whether the password was given on the session just now."""
    given_at = db.session.scalar(
        sa.select(SignIn.password_at).where(SignIn.digest == passwords.digest(secret))
    )
    return given_at is not None and clock.now() - given_at < _PASSWORD_HOLDS


def hold_account(user_id: UUID) -> Actor | None:
    """Keep an account from being closed for this transaction; return its actor, None when it was.

    Accounts are held before sessions, and sessions before what depends on them, so that no two
    wait for each other.
    """
    db.session.execute(sa.select(User.id).where(User.id == user_id).with_for_update(read=True))
    return actor_with_id(user_id)


def hold(secret: str) -> None:
    """Hold the session under the secret for this transaction, before what depends on it."""
    wanted = sa.select(SignIn.digest).where(SignIn.digest == passwords.digest(secret))
    db.session.execute(wanted.with_for_update())


def begin(actor: Actor, *, tablet: UUID, policy: SignInPolicy, replacing: str | None) -> str | None:
    """Begin a session of a held account on the tablet; return the secret for the cookie.

    `replacing` is the secret of the session that the browser had: it ends. None, and nothing
    changes, when more than a code is wanted of the person: a role of theirs needs a second factor,
    or they have one. Needs a transaction.
    """
    wants_more = needs_second_factor(actor.roles, policy.second_factor)
    if wants_more or factors.enrolled_at(actor.id) is not None:
        return None
    if replacing:
        end(replacing)
    secret, now = secrets.token_urlsafe(32), clock.now()
    db.session.add(
        SignIn(
            digest=passwords.digest(secret),
            user_id=actor.id,
            began_at=now,
            seen_at=now,
            expires_at=now + policy.lifetime,
            tablet=tablet,
        )
    )
    return secret


def unlock(secret: str, *, tablet: UUID) -> None:
    """Unlock the session under the secret, which is on that tablet. Needs a transaction."""
    _change(secret, locked_at=None, seen_at=clock.now(), tablet=tablet)


def goes_on(secret: str, *, of: Actor, tablet: UUID) -> bool:
    """Unlock the session under the secret if it is still that person's; tell whether it was.

    They have proven at its beginning whatever else their role wants. Needs a transaction.
    """
    running = (
        sa.update(SignIn)
        .where(SignIn.digest == passwords.digest(secret), SignIn.user_id == of.id)
        .where(SignIn.ended_at.is_(None), SignIn.expires_at > clock.now())
        .values(locked_at=None, seen_at=clock.now(), tablet=tablet)
    )
    return db.session.execute(running.returning(SignIn.digest)).first() is not None


def place(secret: str, *, by: Actor, tablet: UUID) -> None:
    """Remember that one's session under the secret is on that tablet. Needs a transaction."""
    hold_account(by.id)
    _change(secret, tablet=tablet)


def end(secret: str) -> None:
    """End the session under the secret. Needs a transaction."""
    _change(secret, ended_at=clock.now())


def end_on(tablet: UUID) -> None:
    """End every session that is on that tablet. Needs a transaction."""
    running = sa.update(SignIn).where(SignIn.tablet == tablet, SignIn.ended_at.is_(None))
    db.session.execute(running.values(ended_at=clock.now()))


def _change(secret: str, **change: datetime | UUID | None) -> None:
    digest = passwords.digest(secret)
    db.session.execute(sa.update(SignIn).where(SignIn.digest == digest).values(**change))
