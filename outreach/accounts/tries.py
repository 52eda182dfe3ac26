"""Wrong tries at the door: counted for each account, which rests after too many in a row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from outreach.accounts.models import UnknownName, User
from outreach.accounts.service import folded
from outreach.foundation import clock, keyring
from outreach.foundation.database import db
from outreach.foundation.errors import N_, NotSignedIn, TooMany

# What is remembered of a name that nobody has is forgotten again after so long.
_FORGOTTEN_AFTER = timedelta(days=1)


class WrongCredentials(NotSignedIn):
    """No such user, or not that password: the answer does not say which."""

    slug = "wrong-credentials"
    title = N_("Fel användarnamn eller lösenord")
    advice = N_("Kontrollera stavningen och försök igen. Efter fem fel vilar kontot en kvart.")


class AccountResting(TooMany):
    """Too many wrong passwords or codes in a row."""

    slug = "account-resting"
    title = N_("Kontot vilar en stund")
    advice = N_("För många fel i rad. Vänta en kvart, eller be systemförvaltaren om hjälp.")


@dataclass(frozen=True, slots=True)
class SignInPolicy:
    """How signing in is guarded: tries before an account rests, for how long, at which cost.

    `second_factor` are the roles that need a code besides the password.
    """

    tries: int
    rest: timedelta
    cost: tuple[int, int, int]
    lifetime: timedelta
    second_factor: frozenset[str] = frozenset()


def held(user_id: UUID) -> User:
    """Return the user, held for this transaction so that others may still name them in rows."""
    wanted = sa.select(User).where(User.id == user_id).with_for_update(key_share=True)
    return db.session.scalars(wanted.execution_options(populate_existing=True)).one()


def unknown(username: str) -> UnknownName:
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


def resting(holder: User | UnknownName) -> AccountResting | None:
    """Return the refusal of an account that rests, with how many seconds are left."""
    left = (holder.resting_until - clock.now()) if holder.resting_until else timedelta()
    return AccountResting(retry_after=int(left.total_seconds()) + 1) if left > timedelta() else None


def count(holder: User | UnknownName, policy: SignInPolicy, *, wrong: bool) -> None:
    """Count a wrong try, or forget them after a right one."""
    holder.wrong_tries = holder.wrong_tries + 1 if wrong else 0
    holder.resting_until = None
    if holder.wrong_tries >= policy.tries:
        holder.wrong_tries, holder.resting_until = 0, clock.now() + policy.rest
