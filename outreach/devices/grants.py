"""Use cases of the right to hand in from a tablet: issue, look up, end.

A grant is a random secret that is looked up, not a signed statement: it can be taken back.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa

from outreach.accounts import by_code, passwords
from outreach.accounts import service as accounts
from outreach.accounts.events import SignedOutEverywhere, UserClosed
from outreach.accounts.permissions import CASEWORKER, require_role
from outreach.audit import trail
from outreach.devices.models import AuthorGrant, DevicePerson
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.foundation.transaction import transaction

# So that it is known for what it is wherever it turns up.
_MARK = "og_"
# A tablet may be without a network for a holiday; what is older goes to review, never lost.
VALID_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Grant:
    """Whose right to hand in it is, and what is wrong with it.

    `author` is None when the account is closed. `other_device`: it was issued on another tablet
    than the one that shows it.
    """

    user_id: UUID
    author: Actor | None
    expires_at: datetime
    expired: bool
    revoked: bool
    other_device: bool


def author_of(grant: str, *, device: UUID) -> Grant | None:
    """Return whose the grant is that an operation from the tablet carries; None for no grant."""
    wanted = sa.select(AuthorGrant).where(AuthorGrant.digest == passwords.digest(grant))
    kept = db.session.scalars(wanted.execution_options(populate_existing=True)).one_or_none()
    if kept is None:
        return None
    return Grant(
        user_id=kept.user_id,
        author=accounts.actor_with_id(kept.user_id),
        expires_at=kept.expires_at,
        expired=kept.expires_at <= clock.now(),
        revoked=kept.revoked_at is not None,
        other_device=kept.device_id != device,
    )


def issue(*, by: Actor, device: UUID, secret: str) -> dict[str, Any]:
    """Let a caseworker who is signed in on the tablet hand in from it for thirty days.

    `secret` is the session's: it is on that tablet from now on. What was issued before holds as
    long as it did, since operations that wait to be sent carry it.
    """
    require_role(by, CASEWORKER)
    grant, now = _MARK + secrets.token_urlsafe(32), clock.now()
    with transaction() as session:
        by_code.place(secret, by=by, tablet=device)
        session.add(
            AuthorGrant(
                id=uuid4(),
                digest=passwords.digest(grant),
                device_id=device,
                user_id=by.id,
                issued_at=now,
                expires_at=now + VALID_FOR,
            )
        )
        trail.record(by=by, action="grant", kind="device", id=device)
    return {"grant": grant, "expires_at": now + VALID_FOR, "user": by}


def has_grant(*, user_id: UUID, device: UUID) -> bool:
    """Tell whether a person may hand in from a tablet now."""
    wanted = sa.select(AuthorGrant.id).where(
        AuthorGrant.device_id == device,
        AuthorGrant.user_id == user_id,
        AuthorGrant.revoked_at.is_(None),
        AuthorGrant.expires_at > clock.now(),
    )
    return db.session.scalar(wanted.limit(1)) is not None


def end_with_account(event: UserClosed) -> None:
    """Revoke every grant of somebody who has left, in the transaction that closes the account."""
    db.session.execute(
        sa.update(AuthorGrant)
        .where(AuthorGrant.user_id == event.user_id, AuthorGrant.revoked_at.is_(None))
        .values(revoked_at=clock.now())
    )


def forget_codes(event: SignedOutEverywhere) -> None:
    """Take every plattkod of somebody who is signed out everywhere, in the same transaction.

    Whoever knew the old password may have set one; what waits on tablets is handed in all the same.
    """
    db.session.execute(sa.delete(DevicePerson).where(DevicePerson.user_id == event.user_id))
